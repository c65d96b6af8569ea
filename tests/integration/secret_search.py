"""Looks for a stack's secrets in the clear: in bytes, in files, in everything that processes show of themselves."""

import base64
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from plan.machine import Handover

SHORTEST = 16
Needles = dict[str, list[bytes]]


def needles(handover: Handover) -> Needles:
    """Every line of every secret, and the secret in base64 wherever it may begin in a longer text."""
    kept = handover.secrets
    values = {f"key of {client}": key for client, key in kept.clients.items()}
    values |= {"CA key": kept.ca_key, "certificate key": kept.certificate_key, "SSH key": kept.ssh_key}
    return {name: forms(value) for name, value in values.items() if value}


def forms(value: str) -> list[bytes]:
    lines = [line for line in value.splitlines() if len(line) >= SHORTEST and not line.startswith("-----")]
    encoded = [base64.b64encode(b"\0" * shift + value.encode())[4:-4] for shift in range(3)]
    return [*(line.encode() for line in lines), *(part[:64] for part in encoded)]


def found(content: bytes, wanted: Needles) -> set[str]:
    """The names of the secrets that occur."""
    return {name for name, words in wanted.items() if any(word in content for word in words)}


def in_files(folder: Path, wanted: Needles) -> dict[str, set[str]]:
    """Path within the folder -> names of the secrets that lie there."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    seen = {str(path.relative_to(folder)): found(path.read_bytes(), wanted) for path in files}
    return {path: names for path, names in seen.items() if names}


class Processes:
    """While open, reads arguments and environments of all processes again and again, and keeps what is new.

    A sandbox machine's processes are this computer's too, so both sides are read.
    """

    def __init__(self) -> None:
        self.texts: set[tuple[str, bytes]] = set()
        self.rounds = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.texts.update(shown())
            self.rounds += 1

    def show(self, wanted: Needles) -> set[tuple[str, str]]:
        """(arguments or environment, name of the secret)."""
        return {(kind, name) for kind, text in self.texts for name in found(text, wanted)}


def shown(kinds: Iterable[str] = ("cmdline", "environ")) -> Iterator[tuple[str, bytes]]:
    for process in Path("/proc").glob("[0-9]*"):
        for kind in kinds:
            try:
                yield kind, (process / kind).read_bytes()
            except OSError:
                continue  # it ended meanwhile, or is the kernel's
