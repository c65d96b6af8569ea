"""The sandbox's Pulumi resources with a real Pulumi: what dies, is changed or is killed comes right by `up`."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plan.errors import ProviderError
from stacks.sandbox import machine, network, places, power, sweep
from stacks.sandbox.command import run

pytestmark = pytest.mark.machine

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests/integration/programs/machine"
STACK = f"test-resources-{os.getpid()}"


@dataclass(frozen=True)
class Pulumi:
    """The program's stack, in a state of its own."""

    state: Path

    def command(self, *arguments: str) -> list[str]:
        fixed = ["--stack", STACK, "--cwd", str(PROGRAM), "--non-interactive", "--color", "never"]
        return ["pulumi", *arguments, *fixed]

    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), str(ROOT / "tools/bin"), os.environ["PATH"]]),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            self.command(*arguments),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def up(self, *more: str) -> dict[str, Any]:
        """`up`, with what it says of its changes under `changes`."""
        said = self("up", "--yes", "--skip-preview", "--suppress-outputs", *more)
        shown: dict[str, Any] = json.loads(self("stack", "output", "--json"))["machine"]
        return {**shown, "changes": said[said.index("Resources:") :]}


@pytest.fixture(scope="module")
def pulumi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulumi]:
    tool = Pulumi(tmp_path_factory.mktemp("state"))
    tool("stack", "init")
    try:
        yield tool
    finally:
        tool("destroy", "--yes", "--skip-preview")
        (PROGRAM / f"Pulumi.{STACK}.yaml").unlink(missing_ok=True)
    assert sweep.remains(STACK) == []


@pytest.fixture
def made(pulumi: Pulumi) -> dict[str, Any]:
    return pulumi.up("--refresh")


def test_a_second_up_changes_nothing(pulumi: Pulumi, made: dict[str, Any]) -> None:
    again = pulumi.up()
    assert "5 unchanged" in again["changes"]
    assert again["instance"] == made["instance"]


def test_a_stopped_machine_is_read_as_such_and_started_again(pulumi: Pulumi, made: dict[str, Any]) -> None:
    machine.stop(machine.found(STACK, "one"))
    preview = pulumi("preview", "--refresh")
    assert "~ 1 to update" in preview
    again = pulumi.up("--refresh")
    assert (again["instance"], again["state"]) == (made["instance"], "running")
    assert machine.state(STACK, "one", made["instance"]) == "running"


def test_after_a_restart_of_the_computer_all_comes_back(pulumi: Pulumi, made: dict[str, Any]) -> None:
    supervisor = power.supervisor(places.machine_folder(STACK, "one"))
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    run(["ip", "link", "delete", places.bridge(STACK)])
    run(["nft", "delete", "table", "inet", places.table(STACK)])
    preview = pulumi("preview", "--refresh")
    assert "~ 2 to update" in preview
    assert "replace" not in preview
    again = pulumi.up("--refresh")
    assert (again["instance"], again["address"]) == (made["instance"], made["address"])
    assert network.whole(STACK)


def test_a_machine_of_which_nothing_is_left_is_made_anew(pulumi: Pulumi, made: dict[str, Any]) -> None:
    machine.delete(STACK, "one")
    again = pulumi.up("--refresh")
    assert "+ 1 created" in again["changes"]
    assert again["instance"] != made["instance"]
    assert again["host_keys"] == made["host_keys"]


def test_memory_changes_in_place_and_another_system_is_another_machine(pulumi: Pulumi, made: dict[str, Any]) -> None:
    larger = pulumi.up("--config", "memory_gib=3")
    assert "~ 1 updated" in larger["changes"]
    assert machine.found(STACK, "one", made["instance"]).memory_gib == 3
    newer = pulumi.up("--config", "os=debian-13")
    assert "+-1 replaced" in newer["changes"]
    assert newer["instance"] != made["instance"]
    assert machine.found(STACK, "one").os == "debian-13"


def test_the_private_host_key_is_nowhere_in_clear(pulumi: Pulumi, made: dict[str, Any]) -> None:
    shown = json.loads(pulumi("stack", "output", "--json", "--show-secrets"))["host_private"]
    body = shown.splitlines()[2]
    files = [file for file in pulumi.state.rglob("*") if file.is_file()]
    assert files
    assert not any(body in file.read_text(errors="replace") for file in files)
    folder = places.machine_folder(STACK, "one")
    assert not any(body in file.read_text(errors="replace") for file in folder.iterdir() if file.suffix == ".json")


def test_another_checkout_cannot_take_the_stack_over(pulumi: Pulumi, made: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="another name"):
        network.ensure(STACK, owner="/another/checkout")
    assert machine.state(STACK, "one", made["instance"]) == "running"


def test_an_up_that_was_killed_is_followed_by_one_that_works(pulumi: Pulumi, made: dict[str, Any]) -> None:
    pulumi("destroy", "--yes", "--skip-preview")
    assert sweep.remains(STACK) == []
    killed = subprocess.Popen(
        pulumi.command("up", "--yes", "--skip-preview"),
        env=pulumi.variables(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert power.until((places.machine_folder(STACK, "one") / "machine.json").exists, 60)
    killed.kill()
    killed.wait()
    # The plugin outlives it and makes the machine to its end; the state knows nothing of it.
    assert power.until(lambda: machine.state(STACK, "one") == "running", 60)
    orphan = machine.found(STACK, "one").instance
    pulumi("cancel", "--yes")
    pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    again = pulumi.up()
    assert again["instance"] != orphan
    assert machine.state(STACK, "one", again["instance"]) == "running"
