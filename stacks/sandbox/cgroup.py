"""A control group for each machine, so that two machines' systemds do not share one.

Where PID 1 is systemd, a transient unit brings the group (stacks/sandbox/supervisor.py) and this is not needed.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path


def hierarchies(mounts: str) -> list[Path]:
    """The mounted hierarchies that matter, of /proc/self/mounts: version 2, and systemd's and memory of 1."""
    found = []
    for line in mounts.splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and {"name=systemd", "memory"} & set(options.split(","))):
            found.append(Path(place))
    return found


def named(beginning: str) -> list[str]:
    """The names of the groups that begin like this."""
    roots = hierarchies(Path("/proc/self/mounts").read_text())
    return sorted({group.name for root in roots for group in root.glob(f"{beginning}*/")})


def groups(name: str) -> list[Path]:
    return [root / name for root in hierarchies(Path("/proc/self/mounts").read_text())]


def join(name: str, memory_gib: float) -> None:
    """Put this process, and so its children, into the machine's own groups with its memory limit."""
    for group in groups(name):
        with suppress(OSError):
            (group.parent / "cgroup.subtree_control").write_text("+memory")
        group.mkdir(exist_ok=True)
        for limit in ("memory.max", "memory.limit_in_bytes"):
            if (group / limit).exists():
                (group / limit).write_text(str(int(memory_gib * 2**30)))
        (group / "cgroup.procs").write_text(str(os.getpid()))


def members(name: str) -> set[int]:
    """The processes of the machine, as far as this process can see them."""
    pids: set[int] = set()
    for group in groups(name):
        for file in group.rglob("cgroup.procs") if group.exists() else ():
            with suppress(OSError):
                pids.update(int(pid) for pid in file.read_text().split())
    return pids - {0, os.getpid()}


def kill(name: str) -> None:
    for pid in members(name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def remove(name: str) -> None:
    """Remove the machine's empty groups."""
    for group in groups(name):
        if group.exists():
            for child in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
                with suppress(OSError):
                    child.rmdir()
            with suppress(OSError):
                group.rmdir()
