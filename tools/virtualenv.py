"""`.venv`: the controller's Python packages, from the lock with hashes, and this checkout itself."""

import re
import subprocess
import sys

from tools.checkout import PYTHON, ROOT, VENV, SetupError, digest, marked, write_mark
from tools.interpreter import fits
from tools.progress import run

LOCK = ROOT / "requirements.lock"
MARK = VENV / "eigenherd.json"
ROOMS = ("plan", "stacks", "deploy", "verify", "tools", "eigenherd")
PIP = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]


def missing() -> str | None:
    if usable() and marked(MARK).get("inputs") == inputs():
        return None
    return f"Python packages: {locked_packages()} into .venv (about 90 MB, half a minute)"


def make() -> None:
    if not usable():
        # A virtual environment can not rebuild itself: ask the Python it was made from.
        python = getattr(sys, "_base_executable", sys.executable)
        made = subprocess.run([python, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
        if made.returncode != 0:
            raise SetupError(f"{python} could not make .venv:\n{made.stdout}{made.stderr}")
    run(
        "Python packages",
        [*PIP, "--require-hashes", "-r", LOCK],
        counts=lambda line: line.startswith("Collecting "),
        unit=f"of {locked_packages()} collected",
    )
    # Nothing but the lock is installed: the build back end is in it, so no isolated build downloads another.
    run(
        "this checkout",
        [*PIP, "--no-deps", "--no-build-isolation", "--editable", ROOT],
        counts=lambda line: line.startswith("Building "),
        unit="built",
    )
    # pip compiles what it installs, but not this checkout; and some environments forbid Python to do it later.
    subprocess.run([PYTHON, "-m", "compileall", "-q", *ROOMS], cwd=ROOT, check=False)
    write_mark(MARK, inputs=inputs())


def inputs() -> str:
    return digest(LOCK, ROOT / "pyproject.toml")


def usable() -> bool:
    """It has a Python that starts, of a version that fits, and was not copied here from another folder."""
    if not PYTHON.exists() or (MARK.exists() and not marked(MARK)):
        return False
    version = re.search(r"^version(?:_info)? *= *(\d+)\.(\d+)", (VENV / "pyvenv.cfg").read_text(), re.M)
    return version is not None and fits((int(version[1]), int(version[2])))


def locked_packages() -> int:
    return len(re.findall(r"^[a-z0-9]\S*==", LOCK.read_text(), re.M))
