"""Hetzner Cloud with a real Pulumi, through `hcloud:endpoint`, on the fake of its API.

Each case runs with the real plugin where it is installed, and everywhere with a stand-in for it. That one shows that
the program's order and values pass the API's rules, the state's secrets and the costs; nothing about the real plugin.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hcloud import Client

from stacks.hcloud import needs
from tests.fakes.hcloud.running import ROOT, Running, running

PROGRAM = ROOT / "tests/integration/programs/hcloud"
TOKEN = "planted-token-of-the-cloud"
PASSPHRASE = "a passphrase of the tests"
ENVIRONMENT: dict[str, Any] = {
    "machines": {
        "door": {
            "provider": "hcloud",
            "type": "cx23",
            "roles": ["gateway"],
            "vswitch": 4711,
            "routes": ["192.168.5.0/24"],
        },
        "one": {"provider": "hcloud", "type": "cx33", "roles": ["engine"], "volume_gb": 20},
    },
    "models": ["smollm2:135m"],
    "clients": ["demo"],
    "gateway": {"host": "ki.example.org", "allow": ["203.0.113.0/29"]},
}
REAL = pytest.param("real", marks=pytest.mark.plugin)
KINDS = ("servers", "networks", "firewalls", "primary_ips", "placement_groups", "volumes", "ssh_keys")


class Stack:
    """The program's stack against one fake, in a state of its own."""

    def __init__(self, fake: Running, folder: Path, plugin: str) -> None:
        self.fake, self.folder, self.state = fake, folder, folder / "state"
        self.name = f"hcloud-{plugin}-{os.getpid()}"
        self.output = ""
        self.state.mkdir()
        extra = []
        if plugin == "stand-in":
            extra = [str(stand_in(folder / "bin"))]
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != needs.TOKEN},
            "PATH": os.pathsep.join([*extra, str(ROOT / ".venv/bin"), str(ROOT / "tools/bin"), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.run("stack", "init")
        self.asks(ENVIRONMENT)
        self.run("config", "set", "hcloud:endpoint", fake.endpoint)
        self.run("config", "set", "hcloud:pollInterval", "10ms")
        self.run("config", "set", "--secret", "hcloud:token", input=TOKEN)

    @property
    def config_file(self) -> Path:
        return PROGRAM / f"Pulumi.{self.name}.yaml"

    def asks(self, environment: dict[str, Any]) -> None:
        self.run("config", "set", "environment", json.dumps(environment))

    def run(self, *arguments: str, input: str = "", code: int = 0) -> str:
        fixed = ["--stack", self.name, "--cwd", str(PROGRAM), "--non-interactive", "--color", "never"]
        command = ["pulumi", *arguments, *fixed]
        done = subprocess.run(
            command, env=self.environment, input=input, capture_output=True, text=True, timeout=300, check=False
        )
        self.output += done.stdout + done.stderr
        assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, **more: Any) -> str:
        return self.run("up", "--yes", "--skip-preview", **more)

    def destroy(self, **more: Any) -> str:
        return self.run("destroy", "--yes", "--skip-preview", **more)

    def books(self) -> dict[str, int]:
        books = json.loads((self.fake.folder / "books.json").read_text())
        return {kind: len(books[kind]) for kind in KINDS if books[kind]}


def stand_in(folder: Path) -> Path:
    """A folder for PATH with a plugin in it."""
    folder.mkdir()
    program = folder / needs.PLUGIN
    program.write_text(f'#!/bin/sh\nexec "{ROOT}/.venv/bin/python" -m tests.standins.hcloud.plugin\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module", params=["stand-in", REAL])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if request.param == "real" and not needs.plugin_there():
        pytest.skip(f"no provider plugin {needs.PLUGIN}: `pulumi plugin install resource hcloud v{needs.version()}`")
    folder = tmp_path_factory.mktemp("hcloud")
    with running(folder / "books") as fake:
        one = Stack(fake, folder, request.param)
        try:
            yield one
        finally:
            one.config_file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def made(stack: Stack) -> str:
    """What the preview before it said."""
    said = stack.run("preview")
    stack.up()
    return said


def test_a_preview_says_what_it_will_cost_and_makes_nothing(made: str) -> None:
    assert "one: server cx33" in made and "7.00 EUR a month" in made
    assert "price list of the API" in made


def test_up_makes_all_of_it(stack: Stack, made: str) -> None:
    assert stack.books() == {
        "servers": 2,
        "networks": 1,
        "firewalls": 2,
        "primary_ips": 4,
        "placement_groups": 1,
        "volumes": 1,
        "ssh_keys": 1,
    }
    client = Client(TOKEN, api_endpoint=stack.fake.endpoint)
    [door, one] = client.servers.get_all(label_selector="managed-by=eigenherd,stack=cloud")
    assert {server.name: server.private_net[0].ip for server in (door, one)} == {
        "cloud-door": "10.77.1.10",
        "cloud-one": "10.77.1.11",
    }
    assert all(server.status == "running" and server.public_net.firewalls for server in (door, one))
    [network] = client.networks.get_all()
    assert [subnet.type for subnet in network.subnets] == ["cloud", "vswitch"]
    assert [route.gateway for route in network.routes] == ["10.77.1.10"]
    [volume] = client.volumes.get_all()
    assert volume.protection["delete"] and volume.server.name == "cloud-one"


def test_then_nothing_changes(stack: Stack, made: str) -> None:
    stack.run("preview", "--expect-no-changes")
    stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_what_was_deleted_behind_its_back_is_made_again(stack: Stack, made: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    group = Client(TOKEN, api_endpoint=stack.fake.endpoint).placement_groups.get_all()[0]
    httpx.delete(f"{stack.fake.endpoint}/placement_groups/{group.id}", headers=headers)
    assert "placement" in stack.run("refresh", "--yes", "--skip-preview")
    assert "placement_groups" not in stack.books()
    stack.up()
    assert stack.books()["placement_groups"] == 1


def test_the_token_is_in_one_header_and_nowhere_else(stack: Stack, made: str) -> None:
    files = [*stack.state.rglob("*"), stack.config_file, stack.fake.folder / "books.json"]
    clear = [path.name for path in files if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert clear == []
    assert TOKEN not in stack.output
    lines = stack.fake.traffic()
    assert len(lines) > 20
    for line in lines:
        assert line["headers"].pop("Authorization") == f"Bearer {TOKEN}"
        assert TOKEN not in json.dumps(line)


def test_the_host_keys_given_in_are_not_in_the_state_in_the_clear(stack: Stack, made: str) -> None:
    books = json.loads((stack.fake.folder / "books.json").read_text())
    for server in books["servers"].values():
        config = json.loads(server["_user_data"].partition("\n")[2])
        private = config["ssh_keys"]["ed25519_private"].splitlines()[1]
        assert len(private) > 40
        assert not [path for path in stack.state.rglob("*") if path.is_file() and private in path.read_text()]
        assert private not in stack.output


def test_destroy_stops_at_a_protected_volume_and_then_leaves_nothing(stack: Stack, made: str) -> None:
    said = stack.destroy(code=1)
    assert "protected" in said
    assert stack.books()["volumes"] == 1
    loose = {**ENVIRONMENT["machines"]["one"], "volume_protected": False}
    stack.asks({**ENVIRONMENT, "machines": {**ENVIRONMENT["machines"], "one": loose}})
    stack.up()
    stack.destroy()
    assert stack.books() == {}
