"""Real stacks on sandbox machines, in a copy of the working tree with a state of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan.machine import Handover
from stacks.providers.sandbox import LAYER
from tools.bench import layer as deployed_layer

ROOT = Path(__file__).resolve().parents[1]
UP_TIMEOUT_S = 1500


@dataclass(frozen=True)
class Checkout:
    """A copy of the project: a test may change its templates and checks, and has its own state.

    layer: the deployed layer that new machines start from; without one they start from base.
    """

    path: Path
    layer: str = ""

    def environment(self, name: str, asked: Mapping[str, Any]) -> None:
        """Write or change what is asked; the salt that Pulumi wrote into the file stays."""
        file = self.path / "stacks" / f"Pulumi.{name}.yaml"
        content = yaml.safe_load(file.read_text()) if file.exists() else {}
        content["config"] = {"eigenherd:environment": dict(asked)}
        file.write_text(yaml.safe_dump(content))

    def eigenherd(self, *arguments: str, ok: bool = True) -> str:
        """Run the command; its output and errors together, which are asserted to be a success (or not)."""
        return self._run([sys.executable, "-m", "eigenherd", *arguments], ok)

    def pulumi(self, *arguments: str, ok: bool = True) -> str:
        return self._run(["pulumi", *arguments, "--non-interactive", "--color", "never"], ok)

    def outputs(self, name: str) -> dict[str, Any]:
        shown = self.pulumi("stack", "output", "--json", "--show-secrets", "--stack", name)
        value: dict[str, Any] = json.loads(shown)
        return value

    def handover(self, name: str) -> Handover:
        value = self.outputs(name)["handover"]
        return Handover.parse(value if isinstance(value, str) else json.dumps(value))

    def ssh(self, name: str, machine: str, command: str) -> str:
        return self._run(["ssh", "-F", str(self.path / ".eigenherd" / name / "ssh_config"), machine, command], True)

    def _run(self, command: list[str], ok: bool) -> str:
        result = subprocess.run(
            command,
            cwd=self.path,
            env=self.variables(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=UP_TIMEOUT_S,
        )
        assert (result.returncode == 0) is ok, f"{command} exited {result.returncode}:\n{result.stdout}"
        return result.stdout

    def variables(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(self.path),
            "ENVIRONMENTS": "stacks",  # relative, as `make` exports it
            "PULUMI_BACKEND_URL": f"file://{self.path / '.eigenherd' / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.path / ".eigenherd" / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), str(ROOT / "tools/bin"), os.environ["PATH"]]),
        }
        return {**os.environ, **own, **({LAYER: self.layer} if self.layer else {})}


@pytest.fixture(scope="session")
def layer() -> str:
    """The deployed layer that machines start from."""
    return deployed_layer.ensure()


@pytest.fixture(scope="session")
def layered(checkout: Checkout, layer: str) -> Checkout:
    """The same checkout, whose machines start from the deployed layer."""
    return replace(checkout, layer=layer)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The tree as git sees it (ignored files stay behind), and every stack of it destroyed at the end."""
    path = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    private = path / ".eigenherd"
    private.mkdir(mode=0o700)
    (private / "state").mkdir()
    (private / "passphrase").write_text("a passphrase of the tests")
    made = Checkout(path)
    yield made
    for stack in json.loads(made.pulumi("stack", "ls", "--json")):
        made.eigenherd("down", stack["name"])
