"""Run a program of this computer; one that fails says which, and with what words."""

import os
import shlex
import subprocess
from collections.abc import Sequence

from plan.errors import ProviderError

# Administration programs are in sbin, which `su` leaves out of PATH; their words are parsed in English.
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}

# Before a program that mounts: in a mount namespace of its own, so that nothing stays however it ends.
PRIVATELY = ("unshare", "--mount", "--propagation", "private")


def run(argv: Sequence[str], stdin: str | None = None, timeout_s: float = 120) -> str:
    """Return what the program printed; raise ProviderError with its last words if it fails."""
    try:
        done = subprocess.run(
            argv,
            env=ENVIRONMENT,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as missing:
        raise ProviderError(
            f"the program {argv[0]}", "not installed", "run `make setup`, which installs it"
        ) from missing
    except subprocess.TimeoutExpired as late:
        raise ProviderError(
            f"`{shlex.join(argv)}` within {timeout_s:g} s", "still running, stopped", "try again"
        ) from late
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "nothing said")[-1500:]
        raise ProviderError(
            f"`{shlex.join(argv)}` succeeds",
            f"exit {done.returncode}: {words}",
            "see the message; `python -m stacks.sandbox sweep STACK` removes what a stack left behind",
        )
    return done.stdout


def succeeds(argv: Sequence[str], timeout_s: float = 60) -> bool:
    """Whether the program exits 0, for questions and for removals of what may be gone already."""
    try:
        run(argv, timeout_s=timeout_s)
    except ProviderError:
        return False
    return True
