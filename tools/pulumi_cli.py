"""The Pulumi CLI: the user's own if new enough, else the official release, else built from Go modules."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools import pulumi_modules
from tools.checkout import BUILD, PYTHON, ROOT, digest, marked, write_mark

BIN = ROOT / "tools" / "bin"
MARK = BIN / "eigenherd.json"
NEW = BUILD / "pulumi"
RELEASE_TIMEOUT_S = 900.0
PARTS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")


def missing() -> str | None:
    made = marked(MARK)
    if made.get("inputs") == inputs() and all(shutil.which(part, path=search_path()) for part in PARTS):
        return None
    if own_is_new_enough():
        return "Pulumi CLI: the one on PATH"
    return "Pulumi CLI: the official release (about 150 MB), or Go and its modules (280 MB, built in 4 minutes)"


def make() -> None:
    shutil.rmtree(NEW, ignore_errors=True)
    (NEW / "bin").mkdir(parents=True)
    if own_is_new_enough():
        how = "path"
    elif official_release():
        how = "official"
    else:
        pulumi_modules.build(NEW / "bin")
        how = "modules"
    shutil.rmtree(BIN, ignore_errors=True)
    (NEW / "bin").rename(BIN)
    write_mark(MARK, inputs=inputs(), how=how)


def came_from() -> str:
    """path, official or modules; empty before set-up."""
    return marked(MARK).get("how", "")


def inputs() -> str:
    return digest(*pulumi_modules.INPUTS)


def search_path() -> str:
    return os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])


def own_is_new_enough() -> bool:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if Path(folder) != BIN)
    found = [shutil.which(part, path=path) for part in PARTS]
    if None in found:
        return False
    asked = subprocess.run([str(found[0]), "version"], capture_output=True, text=True)
    return version(asked.stdout) >= version(pulumi_modules.CLI.version)


def version(text: str) -> tuple[int, ...]:
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def official_release() -> bool:
    """Run Pulumi's own installer in the virtual environment; when that fails, say why and go another way."""
    installer = [str(PYTHON), "-m", "tools.pulumi_release", str(NEW)]
    try:
        ran = subprocess.run(installer, cwd=ROOT, capture_output=True, text=True, timeout=RELEASE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        why = f"not there after {RELEASE_TIMEOUT_S:.0f} s"
    else:
        if ran.returncode == 0:
            return True
        why = (ran.stderr.splitlines() or ["no reason given"])[-1]
    print(f"set-up: no official Pulumi release ({why}): building its Go modules instead", flush=True)
    return False
