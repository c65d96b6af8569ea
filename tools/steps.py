"""The steps of set-up: each looks whether it is needed, says what it will do, and does it."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tools import local_state, pulumi_cli, system_packages, virtualenv
from tools.checkout import ROOT, SetupError


class Step(Protocol):
    """A part of set-up: a module of this folder."""

    def missing(self) -> str | None:
        """What will be done, as "name: words"; None if nothing has to be."""

    def make(self) -> None: ...


STEPS: tuple[Step, ...] = (system_packages, virtualenv, pulumi_cli, local_state)


def main() -> int:
    if not needed():
        return 0
    with alone():
        todo = needed()
        print("set-up, once:", *(f"  {words}" for _, words in todo), sep="\n", flush=True)
        try:
            for step, words in todo:
                started = time.monotonic()
                step.make()
                name = words.partition(":")[0]
                print(f"set-up: {name} ready after {time.monotonic() - started:.0f} s", flush=True)
        except SetupError as error:
            print(f"set-up: {error}", file=sys.stderr)
            return 1
    if advice := system_packages.advice():
        print(f"set-up: {advice}")
    return 0


def needed() -> list[tuple[Step, str]]:
    return [(step, words) for step in STEPS if (words := step.missing()) is not None]


@contextmanager
def alone() -> Iterator[None]:
    """A second set-up of this checkout waits until the first has ended."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
