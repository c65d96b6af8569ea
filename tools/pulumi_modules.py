"""The Pulumi CLI and its Python language host, built from the Go modules pinned beside this file."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools import go
from tools.checkout import ROOT
from tools.progress import run

# `pulumi version` says what the linker put here, and nothing without it.
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True)
class Program:
    """A command in a module. folder: holds the go.mod and go.sum that pin it."""

    folder: Path
    module: str
    package: str

    @property
    def version(self) -> str:
        found = re.search(rf"{re.escape(self.module)} (v\S+)", (self.folder / "go.mod").read_text())
        if found is None:
            raise ValueError(f"{self.folder}/go.mod does not name {self.module}")
        return found[1]

    @property
    def name(self) -> str:
        return self.package.rpartition("/")[2]


CLI = Program(ROOT / "tools/pulumi", "github.com/pulumi/pulumi/pkg/v3", "cmd/pulumi")
HOST = Program(
    ROOT / "tools/pulumi-language-python", "github.com/pulumi/pulumi/sdk/v3", "python/cmd/pulumi-language-python"
)
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
INPUTS = (*(program.folder / name for program in (CLI, HOST) for name in ("go.mod", "go.sum")), go.LOCK)


def build(into: Path) -> None:
    found = go.find(CLI.folder)
    without_c = go.Go(found.command, found.env | {"CGO_ENABLED": "0"})  # no C compiler needed
    for program in (CLI, HOST):
        compile_program(without_c, program, into)
    sources = Path(without_c.ask(HOST.folder, "list", "-m", "-f", "{{.Dir}}", HOST.module))
    for script in SCRIPTS:
        copied = shutil.copy(sources / script, into)
        Path(copied).chmod(0o755)  # the module cache holds everything read-only
    without_c.forget_caches()


def compile_program(command: go.Go, program: Program, into: Path) -> None:
    package = f"{program.module}/{program.package}"
    listed = run(
        f"{program.name}: fetching modules",
        [command.command, "list", "-deps", package],
        counts=lambda line: line.startswith("go: downloading"),
        unit="fetched",
        env=command.env,
        cwd=program.folder,
    )
    packages = sum(not line.startswith("go: ") for line in listed)
    link = f"-s -w -X {VERSION_VARIABLE}={program.version}"
    run(
        f"{program.name}: compiling",
        [command.command, "build", "-v", "-trimpath", "-ldflags", link, "-o", into, package],
        counts=lambda line: not line.startswith("go: "),
        unit=f"of {packages} packages",
        env=command.env,
        cwd=program.folder,
    )
