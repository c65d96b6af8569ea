"""Commands, and how long they take: two that are compared run in turns, so that a busy moment hits both."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.bench import BenchError
from tools.bench.figure import Series
from tools.checkout import ROOT

TIMEOUT_S = 1500
TAIL = 2000


def run(
    command: Sequence[str | Path],
    stdin: str = "",
    folder: Path = ROOT,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run it silently; its standard output. What it was given never appears in the error: it may hold secrets."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode != 0:
        shown = " ".join(map(str, command))
        raise BenchError(f"`{shown}` ended with {done.returncode}:\n{(done.stdout + done.stderr)[-TAIL:]}")
    return done.stdout


def timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def alternate(ways: Mapping[str, Callable[[], object]], runs: int, warm: bool = True) -> list[Series]:
    """Seconds of each way, all of them once a round. warm: once before, unmeasured, for caches and first looks."""
    if warm:
        for work in ways.values():
            work()
    rounds = [[timed(work) for work in ways.values()] for _ in range(runs)]
    return [Series(what, tuple(values)) for what, values in zip(ways, zip(*rounds, strict=True), strict=True)]
