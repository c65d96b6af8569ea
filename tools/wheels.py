"""Downloads the wheels of a lock with pip, each under its one allowed hash, for another Python than this one."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

from deploy import fetch
from plan.errors import ProviderError
from plan.lock import LockedWheel

WORK = ".work"
BIG = 20 << 20


@dataclass(frozen=True)
class Job:
    """Wheels that one pip fetches for one Python; big ones come alone, so that they come side by side."""

    python: str
    wheels: tuple[LockedWheel, ...]


def jobs(missing: Mapping[str, tuple[LockedWheel, str]]) -> list[Job]:
    """The biggest first: they take longest."""
    every = sorted(missing.values(), key=lambda found: -found[0].size)
    alone = [Job(python, (wheel,)) for wheel, python in every if wheel.size >= BIG]
    pythons = sorted({python for _, python in every})
    together = [Job(p, tuple(wheel for wheel, python in every if python == p and wheel.size < BIG)) for p in pythons]
    return alone + [job for job in together if job.wheels]


def download(job: Job, cache: Path) -> None:
    """Into a folder aside first: what appears in the cache is whole, and pip has checked its hash."""
    (cache / WORK).mkdir(exist_ok=True)
    (cache / "wheels").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache / WORK) as name:
        folder = Path(name)
        lock = folder / "lock.txt"
        lock.write_text("".join(f"{w.package}=={w.version} --hash=sha256:{w.sha256}\n" for w in job.wheels))
        found = subprocess.run(
            command(job, folder, lock), env={**environ, "TMPDIR": name}, capture_output=True, text=True
        )
        if found.returncode != 0:
            names = ", ".join(wheel.file for wheel in job.wheels)
            raise ProviderError(f"pip downloads {names}", found.stderr.strip(), "see pip's words above")
        for wheel in job.wheels:
            place = cache / "wheels" / wheel.file
            shutil.move(folder / wheel.file, place)
            place.chmod(0o644)
            fetch.write_stamp(place, wheel.sha256)


def command(job: Job, folder: Path, lock: Path) -> list[str]:
    digits = job.python.replace(".", "")
    tags = ["--python-version", job.python, "--implementation", "cp", "--abi", f"cp{digits}"]
    tags += ["--abi", "abi3", "--abi", "none"]
    for platform in sorted({platform for wheel in job.wheels for platform in wheel.tags[2]} - {"any"}):
        tags += ["--platform", platform]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    pip += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", str(folder)]
    return [*pip, *tags, "--requirement", str(lock)]
