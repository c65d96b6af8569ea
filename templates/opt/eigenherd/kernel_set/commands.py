"""Commands, each with a deadline; package commands wait for their lock."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

APT = [
    "apt-get",
    "--yes",
    "--quiet",
    "--no-install-recommends",
    "--allow-change-held-packages",
    *(
        f"-o{option}"
        for option in (
            "DPkg::Lock::Timeout=600",
            "Acquire::Retries=2",
            "Acquire::http::Timeout=20",
            "Acquire::https::Timeout=20",
            "Dpkg::Options::=--force-confdef",
            "Dpkg::Options::=--force-confold",
        )
    ),
]
LOCKED = ("Could not get lock", "was locked by another process", "Unable to acquire the dpkg")
PATIENCE_S, PAUSE_S = 600, 5
PACKAGES_S = 3600  # a module is built meanwhile
VARIABLES = {
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "NEEDRESTART_MODE": "a",
    "APT_LISTCHANGES_FRONTEND": "none",
}


class Broken(Exception):
    """A command did not do what it must; the text says what it was for, and its own words."""


@dataclass(frozen=True)
class Done:
    code: int
    text: str

    @property
    def last(self) -> str:
        """The last words, for a report."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1][:300] if lines else f"exit {self.code}"


def run(words: Sequence[str], timeout_s: float = 60, folder: Path | None = None, given: str | None = None) -> Done:
    """Both outputs as one text. What is not there has exit code 127, as in a shell; what does not end, 124."""
    try:
        done = subprocess.run(
            list(words),
            cwd=folder,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env={**os.environ, **VARIABLES},
        )
    except FileNotFoundError:
        return Done(127, f"{words[0]}: not found")
    except subprocess.TimeoutExpired:
        return Done(124, f"{words[0]}: no end after {timeout_s:g} s")
    return Done(done.returncode, done.stdout)


def must(words: Sequence[str], wanted: str, timeout_s: float = 60, folder: Path | None = None) -> str:
    """Its text; raises Broken where it fails."""
    done = run(words, timeout_s, folder)
    if done.code != 0:
        raise Broken(f"{wanted}: {done.last}")
    return done.text


def patiently(words: Sequence[str]) -> Done:
    """A package command: another one at work is waited for."""
    until = time.monotonic() + PATIENCE_S
    while (done := run(words, PACKAGES_S)).code != 0:
        if not any(word in done.text for word in LOCKED) or time.monotonic() > until:
            break
        time.sleep(PAUSE_S)
    return done
