"""Machines on and off: their supervisors started, asked to stop, and ended."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from plan.errors import ProviderError
from stacks.sandbox import cgroup, places
from stacks.sandbox.command import run, succeeds
from stacks.sandbox.record import IMAGE, Record
from stacks.sandbox.supervisor import BOOTED_BY_SYSTEMD

ROOT = Path(__file__).resolve().parents[2]


def on(record: Record) -> None:
    """Start the machine's supervisor, detached from this process and its control group."""
    cut(record.stack, record.name)
    argv = [sys.executable, "-m", "stacks.sandbox.supervisor", str(record.folder)]
    if BOOTED_BY_SYSTEMD.exists():
        settings = ("Delegate=yes", "KillMode=mixed", f"MemoryMax={int(record.memory_gib * 2**30)}")
        properties = [f"--property={setting}" for setting in settings]
        outputs = [f"--property=Standard{kind}=append:{record.console}" for kind in ("Output", "Error")]
        unit = [
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit={places.unit(record.stack, record.name)}",
            f"--working-directory={ROOT}",
        ]
        run([*unit, *properties, *outputs, *argv])
        return
    with record.console.open("ab") as console:
        subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            cwd=ROOT,
            start_new_session=True,
        )


def supervisor(folder: Path) -> int | None:
    """The process number of the machine's supervisor; None if it has none: nobody holds its lock."""
    try:
        with (folder / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
    except FileNotFoundError:
        pass
    return None


def until(holds: Callable[[], bool], timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def send(folder: Path, number: signal.Signals) -> None:
    if (pid := supervisor(folder)) is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def is_off(record: Record) -> bool:
    return supervisor(record.folder) is None


def off(record: Record, grace_s: float = 40) -> None:
    """Shut the machine down in order, and end it if that takes longer than `grace_s`."""
    for wait_s in (grace_s, 5):
        send(record.folder, signal.SIGTERM)
        if until(lambda: is_off(record), wait_s):
            break
    cut(record.stack, record.name)


def cut(stack: str, name: str) -> None:
    """End the machine at once, as if its plug were pulled, and wait until nothing of it runs."""
    folder, unit = places.machine_folder(stack, name), places.unit(stack, name)
    if BOOTED_BY_SYSTEMD.exists():
        succeeds(["systemctl", "kill", "--signal=KILL", f"{unit}.service"])

    def left() -> list[str]:
        send(folder, signal.SIGKILL)
        cgroup.kill(unit)
        held = [f"process {pid}" for pid in cgroup.members(unit)]
        held += ["its supervisor"] if supervisor(folder) is not None else []
        return held + loops(folder / IMAGE)

    if not until(lambda: not left(), 20):
        raise ProviderError(f"machine {name} ends", f"still there: {', '.join(left())}", "see `dmesg`, and try again")
    cgroup.remove(unit)
    # What nspawn does not get to remove when it is killed.
    succeeds(["ip", "link", "delete", places.interface(stack, name)])
    rest = f"/run/systemd/nspawn/propagate/{places.container(stack, name)}"
    succeeds(["rm", "-rf", "--one-file-system", rest])


def loops(image: Path) -> list[str]:
    """The loop devices that still hold the machine's disk."""
    return run(["losetup", "--noheadings", "--output", "NAME", "-j", str(image)]).split()
