"""Removing everything that carries a stack's name, whatever state it is in."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from stacks.sandbox import cgroup, lock, network, places, power
from stacks.sandbox.command import run, succeeds
from stacks.sandbox.supervisor import BOOTED_BY_SYSTEMD


def processes(stack: str) -> list[int]:
    """Supervisors and nspawns of the stack: their command lines name its folder or its containers."""
    folder, container = f"{places.stack_folder(stack)}/", f"--machine={places.tag(stack)}"
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = file.read_bytes().decode(errors="replace").split("\0")
            supervises = "stacks.sandbox.supervisor" in words and any(w.startswith(folder) for w in words)
            same_root = (file.parent / "root").stat().st_ino == Path("/").stat().st_ino
            if any(word.startswith(container) for word in words) or (supervises and same_root):
                found.append(int(file.parent.name))
    return [pid for pid in found if pid != os.getpid()]


def loops(stack: str) -> list[str]:
    """Loop devices over a file in the stack's folder."""
    listing = run(["losetup", "--noheadings", "--output", "NAME,BACK-FILE"]).splitlines()
    folder = f"{places.stack_folder(stack)}/"
    return [line.split()[0] for line in listing if len(line.split()) > 1 and line.split()[1].startswith(folder)]


def mounts(stack: str) -> list[str]:
    """Mount points in the stack's folder, innermost first."""
    folder = f"{places.stack_folder(stack)}/"
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [point for point in reversed(points) if point.startswith(folder)]


def units(stack: str) -> list[str]:
    """The control groups of the stack's machines, also of those whose folder is gone."""
    return cgroup.named(f"eigenherd-{places.tag(stack)}")


def sweep(stack: str) -> None:
    """Leave nothing of the stack: processes, mounts, loop devices, interfaces, tables, folders."""
    with lock.held(f"stack-{places.tag(stack)}"):
        take_away(stack)


def take_away(stack: str) -> None:
    folder = places.stack_folder(stack)
    for machine in folder.glob("[!.]*/"):
        power.cut(stack, machine.name)
    end(stack)
    for point in mounts(stack):
        succeeds(["umount", "--lazy", point])
    for device in loops(stack):
        succeeds(["losetup", "--detach", device])
    network.remove(stack)
    run(["rm", "-rf", "--one-file-system", str(folder)])
    with lock.held("network"), suppress(OSError):
        places.STACKS.rmdir()
        places.STACKS.parent.rmdir()


def end(stack: str) -> None:
    """End what still runs of the stack, found by its name alone."""
    if BOOTED_BY_SYSTEMD.exists():
        succeeds(["systemctl", "kill", "--signal=KILL", f"eigenherd-{places.tag(stack)}*.service"])

    def left() -> bool:
        for pid in processes(stack):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for unit in units(stack):
            cgroup.kill(unit)
            cgroup.remove(unit)
        return bool(processes(stack) or units(stack))

    power.until(lambda: not left(), 10)
    for rest in Path("/run/systemd/nspawn/propagate").glob(f"{places.tag(stack)}*"):
        run(["rm", "-rf", "--one-file-system", str(rest)])


def remains(stack: str) -> list[str]:
    """What of the stack is still there, in words; empty after a sweep."""
    folder = places.stack_folder(stack)
    found = [f"process {pid}" for pid in processes(stack)]
    found += [f"control group {unit}" for unit in units(stack)]
    found += [f"mount {point}" for point in mounts(stack)]
    found += [f"loop device {device}" for device in loops(stack)]
    found += [f"folder {folder}"] if folder.exists() else []
    return found + network.remains(stack)
