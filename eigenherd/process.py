"""Processes of this computer, as /proc tells of them."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

PROC = Path("/proc")
CLOCK_STEP_S = 2  # the clock may have been set a little between a process's start and what it wrote down


def started_at(pid: int) -> float | None:
    """When the process was started, in seconds of the clock; None if there is none, or only its exit code is left."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        up_s = float((PROC / "uptime").read_text().split()[0])
    except (OSError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    return time.time() - up_s + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def is_at_work(pid: int, since: datetime) -> bool:
    """Whether the process that had this number at that moment still has it: numbers are given out again."""
    started = started_at(pid)
    return started is not None and started <= since.timestamp() + CLOCK_STEP_S


def arguments(pid: int) -> list[str]:
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    return []


def everybody() -> Iterator[int]:
    return (int(path.name) for path in PROC.glob("[0-9]*"))


def works_in(pid: int, folder: Path) -> bool:
    with suppress(OSError):
        return (PROC / str(pid) / "cwd").readlink().is_relative_to(folder)
    return False


def shares_network(pid: int) -> bool:
    """Whether its 127.0.0.1 is ours."""
    with suppress(OSError):
        return (PROC / str(pid) / "ns/net").readlink() == (PROC / "self/ns/net").readlink()
    return False


def parents() -> dict[int, int]:
    """Every process and who started it."""
    found = {}
    for pid in everybody():
        with suppress(OSError):
            found[pid] = int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def below(pid: int) -> list[int]:
    """The processes that this one has started, and theirs."""
    known = parents()
    found = [pid]
    for one in found:
        found += [child for child, parent in known.items() if parent == one]
    return found[1:]


def kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def listens(address: str) -> bool:
    """Whether somebody takes connections at this `host:port` of this computer."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True
    return True
