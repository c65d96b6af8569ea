"""The Python that set-up runs on: one from 3.11 to 3.13. This file itself has to run on older ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
NAMES = ("python3", "python3.13", "python3.12", "python3.11")
ASK = "import sys; print(sys.version_info[0], sys.version_info[1]); print(sys.executable)"
REFUSAL = """Eigenherd needs Python 3.11, 3.12 or 3.13; found {found}, and no other on PATH.
  -> Debian 12 and 13 have one: apt-get install python3
  -> elsewhere install one beside the system's own, and name it: make PYTHON=/path/to/python3.12 setup"""


def fits(version: tuple[int, ...]) -> bool:
    return OLDEST <= version[:2] <= NEWEST


def find() -> str | None:
    """The path of a Python that fits: the running one, else one that PATH has."""
    if fits(sys.version_info[:2]):
        return sys.executable
    for path in filter(None, map(shutil.which, NAMES)):
        # Asked, not trusted: the name may be a version manager's, which has no such version.
        asked = subprocess.run([path, "-c", ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        answer = asked.stdout.decode().splitlines()
        if asked.returncode == 0 and fits(tuple(map(int, answer[0].split()))):
            return answer[1]
    return None


def ensure() -> None:
    """Go on as a Python that fits, or stop with what to do."""
    path = find()
    if path is None:
        sys.exit(REFUSAL.format(found="{}.{}".format(*sys.version_info)))
    if path != sys.executable:
        os.execv(path, [path, "-m", "tools.setup", *sys.argv[1:]])  # noqa: S606 - no shell is wanted
