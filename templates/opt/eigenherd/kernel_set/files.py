"""What outlives a reboot: small JSON files, whole or not at all; and one command at a time."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from settings import Settings

PATIENCE_S = 600
LOOK, STATE, LAST, GOOD = "look.json", "state.json", "last.json", "good.json"


class Busy(Exception):
    """A deployment, or another of these commands, works on this machine."""


def read(settings: Settings, name: str) -> dict[str, Any]:
    """Empty where there is none, or none that can be read."""
    try:
        found = json.loads((settings.folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(settings: Settings, name: str, value: dict[str, Any]) -> None:
    """On the disk before anything else is done: the next thing may be a power cut."""
    settings.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = settings.folder / f".{name}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=1, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(settings.folder / name)
    folder = os.open(settings.folder, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def remove(settings: Settings, name: str) -> None:
    (settings.folder / name).unlink(missing_ok=True)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def wait_for(file: IO[str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Busy("a deployment works on this machine: nothing was begun") from None
        time.sleep(1)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """The machine's lock, which deployments take too (they open the door exclusively, then share the work)."""
    folder = settings.root / "run/eigenherd"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "door").open("a") as door, (folder / "lock").open("a") as lock:
        for file in (door, lock):
            os.set_inheritable(file.fileno(), False)
            wait_for(file)
        Path(folder / "since").write_text(datetime.now(UTC).strftime("%H:%M:%S\n"), encoding="utf-8")
        yield
