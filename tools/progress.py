"""A long command, told in one line while it runs; all that it printed is shown only if it fails."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.checkout import SetupError

EVERY_S = 20.0  # between two lines where the output is no terminal


def run(
    title: str,
    argv: Sequence[str | Path],
    *,
    counts: Callable[[str], bool],
    unit: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> list[str]:
    """Run argv and return the lines it printed; each one for which `counts` holds is a unit of progress."""
    process = subprocess.Popen(
        [str(arg) for arg in argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **(env or {})},
        cwd=cwd,
    )
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    lines: list[str] = []
    done, told_at = 0, time.monotonic()
    for line in process.stdout:
        lines.append(line)
        done += counts(line)
        if time.monotonic() - told_at > (0.2 if sys.stdout.isatty() else EVERY_S):
            told_at = time.monotonic()
            tell(f"set-up: {title}: {done} {unit}")
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    if process.wait() != 0:
        tail = "".join(lines[-30:])
        raise SetupError(f"{title} failed ({argv[0]} ended with {process.returncode}):\n{tail}")
    return lines


def tell(text: str) -> None:
    print(f"\r\033[K{text}" if sys.stdout.isatty() else text, end="" if sys.stdout.isatty() else "\n", flush=True)
