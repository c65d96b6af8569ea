"""Set-up done twice: nothing is done, nothing is said, and it takes under 2 s."""

import subprocess
import sys
import time

from tools import steps
from tools.checkout import ROOT


def test_it_does_nothing_and_is_quick() -> None:
    assert [words for _, words in steps.needed()] == []  # `make test` sets up first
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "tools.setup"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert time.monotonic() - started < 2
