"""The Pulumi CLI and its Python language host, built from the Go modules pinned beside this file."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools import go
from tools.checkout import ROOT
from tools.progress import run

CLI = ROOT / "tools" / "pulumi"
HOST = ROOT / "tools" / "pulumi-language-python"
INPUTS = (CLI / "go.mod", CLI / "go.sum", HOST / "go.mod", HOST / "go.sum", go.LOCK)
PKG, SDK = "github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"
# `pulumi version` says what the linker put here, and nothing without it.
VERSION_VARIABLE = f"{SDK}/go/common/version.Version"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def pinned(folder: Path, module: str) -> str:
    found = re.search(rf"{re.escape(module)} (v\S+)", (folder / "go.mod").read_text())
    if found is None:
        raise ValueError(f"{folder}/go.mod does not name {module}")
    return found[1]


CLI_VERSION = pinned(CLI, PKG)


def build(into: Path) -> None:
    command, env = go.find(CLI)
    env["CGO_ENABLED"] = "0"  # no C compiler needed
    compile_package(command, env, CLI, PKG, "cmd/pulumi", into)
    compile_package(command, env, HOST, SDK, "python/cmd/pulumi-language-python", into)
    for script in SCRIPTS:
        copied = shutil.copy(sources(command, env, HOST, SDK) / script, into)
        Path(copied).chmod(0o755)  # the module cache holds everything read-only
    go.forget_caches(command, env)


def compile_package(command: Path, env: dict[str, str], folder: Path, module: str, package: str, into: Path) -> None:
    link = f"-s -w -X {VERSION_VARIABLE}={pinned(folder, module)}"
    run(
        package.rpartition("/")[2],
        [command, "build", "-v", "-trimpath", "-ldflags", link, "-o", into, f"{module}/{package}"],
        counts=lambda line: not line.startswith("go: "),
        unit="packages compiled",
        env=env,
        cwd=folder,
    )


def sources(command: Path, env: dict[str, str], folder: Path, module: str) -> Path:
    """Where the module's files lie in Go's cache."""
    listed = subprocess.run(
        [command, "list", "-m", "-f", "{{.Dir}}", module],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(listed.stdout.strip())
