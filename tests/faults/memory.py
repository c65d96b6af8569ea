"""How much memory processes take: a command with all its descendants while it runs, a unit on a machine."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.integration.deployed import Deployed

MB = 1000 * 1000
PAUSE_S = 0.2


class Peak:
    """While open, samples the memory of the process whose arguments contain `words`, and of its descendants.

    What runs inside of a sandbox machine, in a process namespace of its own, is not this computer's.
    Proportional set size: a page that several of them share is counted once.
    """

    def __init__(self, words: str) -> None:
        self.words, self.bytes, self.samples = words.encode().replace(b" ", b"\0"), 0, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(PAUSE_S):
            found = sum(pss(pid) for pid in family(self.words))
            self.bytes, self.samples = max(self.bytes, found), self.samples + bool(found)


def family(words: bytes) -> Iterator[int]:
    """The processes with these arguments, and their descendants."""
    parents: dict[int, int] = {}
    members: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            members |= {int(folder.name)} if words in (folder / "cmdline").read_bytes() else set()
        except OSError:
            continue  # it ended meanwhile
    own = Path("/proc/self/ns/pid").readlink()
    for pid in parents:
        line = [pid]
        while line[-1] in parents and line[-1] not in members:
            line.append(parents[line[-1]])
        if line[-1] in members and namespace(pid) == own:
            yield pid


def namespace(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink()
    except OSError:
        return None  # it ended meanwhile


def pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def of_unit(deployed: Deployed, unit: str) -> int:
    """The resident bytes of all processes in a unit of the machine."""
    look = f"grep -l '/{unit}.service' /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3 | "
    look += "xargs -I, cat /proc/,/status | awk '/^VmRSS/ {sum += $2} END {print sum}'"
    return int(deployed.ssh(look)) * 1024
