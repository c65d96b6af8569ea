"""Reads `plan/locks/*.txt`: which wheels a host with a given Python installs, with size and sha256.

Each package stands below one comment line per wheel (size, file name), in the order of its hashes.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "locks"
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class LockedWheel:
    """One file of a lock. size is in bytes."""

    package: str
    version: str
    file: str
    size: int
    sha256: str

    @property
    def tags(self) -> tuple[str, str, tuple[str, ...]]:
        """Python tag, ABI tag and platform tags, as the file name states them."""
        python, abi, platforms = self.file.removesuffix(".whl").split("-")[-3:]
        return python, abi, tuple(platforms.split("."))

    def fits(self, python: str) -> bool:
        """Whether CPython of this version ("3.11") installs the wheel."""
        pythons, abi, _ = self.tags
        if abi == "abi3":
            return int(pythons.removeprefix("cp3")) <= int(python.removeprefix("3."))
        return any(_runs(tag, python) for tag in pythons.split("."))


def _runs(tag: str, python: str) -> bool:
    """py3 runs on all, py37 from that one on, cp311 on that one alone."""
    if match := re.fullmatch(r"py3(\d*)", tag):
        return int(match[1] or 0) <= int(python.removeprefix("3."))
    return tag == f"cp{python.replace('.', '')}"


def digest(lock: str) -> str:
    return sha256((FOLDER / lock).read_bytes()).hexdigest()


def wheels(lock: str, python: str) -> tuple[LockedWheel, ...]:
    """The files that a host with this Python needs from the lock ("torch.txt")."""
    return tuple(wheel for wheel in _read(lock) if wheel.fits(python))


def download_mib(lock: str, python: str = PYTHONS[0]) -> int:
    return round(sum(wheel.size for wheel in wheels(lock, python)) / 2**20)


def _read(lock: str) -> list[LockedWheel]:
    found: list[LockedWheel] = []
    files: list[tuple[str, int]] = []
    package, hashes = "", list[str]()
    for line in [*(FOLDER / lock).read_text().splitlines(), ""]:
        if line.startswith("# wheel: "):
            name, size = line.removeprefix("# wheel: ").rsplit(" ", 1)
            files.append((name, int(size)))
        elif "==" in line and not line.startswith("#"):
            package, hashes = line.removesuffix(" \\"), []
        elif "--hash=sha256:" in line:
            hashes.append(line.strip().removesuffix(" \\").removeprefix("--hash=sha256:"))
        elif not line and package:
            name, version = package.split("==")
            pairs = zip(files, hashes, strict=True)
            found += [LockedWheel(name, version, file, size, digest) for (file, size), digest in pairs]
            package, files = "", []
    return found
