"""Wrong questions as a user asks them, and what the real command answers; nothing may have changed afterwards."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from stacks.sandbox import places
from tests.checkouts import Checkout

SANDBOX: Mapping[str, Any] = {"machine": {"provider": "sandbox"}, "models": ["smollm2:135m"], "clients": ["demo"]}
ORDINARY_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# Stands in for a computer of another kind: Python asks the kernel by this one function.
NOT_LINUX = (
    "import platform, runpy; platform.system = lambda: 'Darwin'; runpy.run_module('eigenherd', run_name='__main__')"
)


@dataclass(frozen=True)
class Wrong:
    """A file's content and how `up` is asked, and the words that have to be in the three parts of the answer."""

    content: bytes
    wanted: str
    found: str
    todo: str
    program: tuple[str, ...] = ("-m", "eigenherd")
    before: tuple[str, ...] = ()

    def ask(self, checkout: Checkout, name: str) -> str:
        """What `eigenherd up` says; asserts that it refuses and changes nothing."""
        if self.before:
            with TemporaryDirectory() as folder:
                return replace(self, before=()).run(readable(checkout, Path(folder)), name, self.before)
        return self.run(checkout, name)

    def run(self, checkout: Checkout, name: str, before: tuple[str, ...] = ()) -> str:
        file = checkout.path / "stacks" / f"Pulumi.{name}.yaml"
        file.write_bytes(self.content)
        try:
            untouched = snapshot(checkout)
            command = [*before, sys.executable, *self.program, "up", name]
            variables = {**checkout.variables(), "PYTHONDONTWRITEBYTECODE": "1"}
            done = subprocess.run(command, cwd=checkout.path, env=variables, capture_output=True, timeout=120)
            said = done.stderr.decode()
            assert done.returncode == 2, (done.returncode, said, done.stdout)
            assert not done.stdout, "announced what it then refuses"
            assert snapshot(checkout) == untouched
        finally:
            file.unlink()
        return said


def readable(checkout: Checkout, folder: Path) -> Checkout:
    """A copy that every user may read; pytest's folders are the owner's alone."""
    copy = folder / "checkout"
    shutil.copytree(checkout.path, copy)
    for path in (folder, copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return replace(checkout, path=copy)


def asked(change: Mapping[str, Any], wanted: str, found: str, todo: str, **how: tuple[str, ...]) -> Wrong:
    """An environment that differs from a right one."""
    environment = {key: value for key, value in {**SANDBOX, **change}.items() if value is not None}
    content = yaml.safe_dump({"config": {"eigenherd:environment": environment}})
    return Wrong(content.encode(), wanted, found, todo, **how)


def written(lines: str | bytes, wanted: str, found: str, todo: str) -> Wrong:
    return Wrong(lines if isinstance(lines, bytes) else lines.encode(), wanted, found, todo)


def has_three_parts(said: str, wrong: Any) -> str:
    """Assert the one shape of every refusal; return its first line."""
    assert "Traceback" not in said, said
    first, _, rest = said.partition("\n")
    asks, _, finds = said.partition(": found ")
    assert wrong.wanted in asks, said
    assert wrong.found in finds.partition("\n  -> ")[0], said
    assert wrong.todo in rest.partition("  -> ")[2], said
    return first


def snapshot(checkout: Checkout) -> dict[str, str]:
    """Every file of the checkout (the state among them) with its content, and every sandbox of this computer by us."""
    files = {}
    for folder, _, names in os.walk(checkout.path):
        for name in names:
            path = Path(folder) / name
            files[str(path)] = sha256(path.read_bytes()).hexdigest()
    stacks = places.STACKS.iterdir() if places.STACKS.exists() else ()
    return files | {f"sandbox {stack.name}": "" for stack in stacks if stack.name.startswith("refuse")}
