"""Set-up done twice: nothing is done and nothing is said."""

import subprocess
import sys

from tools import steps
from tools.checkout import ROOT


def test_it_does_nothing() -> None:
    assert [words for _, words in steps.needed()] == []  # `make test` sets up first
    done = subprocess.run([sys.executable, "-m", "tools.setup"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
