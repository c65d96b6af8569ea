"""`address: this`: the computer one sits at, by an sshd that talks over a pipe and opens no port."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan.plan import MachinePlan
from stacks import folder, ssh
from stacks.existing import this
from stacks.sandbox import scratch

pytestmark = pytest.mark.machine

LAND = "this-test"
PORTS = "ss -Hltn | sort"


@pytest.fixture
def config() -> Iterator[str]:
    try:
        scratch.add(LAND, "desk", disk_gib=1, memory_gib=1)
        yield str(scratch.ssh_config(LAND))
    finally:
        scratch.remove(LAND)


def test_it_is_reached_as_root_with_our_own_keys(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are made here and used on a machine that has sshd, as a desktop with openssh-server has."""
    monkeypatch.setattr(this, "SSHD", Path("/bin/sh"))
    planned = MachinePlan(
        name="main",
        provider="existing",
        roles=("gateway", "engine"),
        os="any",
        gpu=None,
        memory_gib=None,
        disk_gib=None,
        harden=False,
        ssh_allow=(),
        provider_settings={"address": "this"},
    )
    home = folder.make(tmp_path / "stack")
    machine = this.prepare(planned, home)
    folder.write_private(home / "ssh_config", ssh.config(machine, planned, home, home))
    folder.write_private(home / "known_hosts", ssh.known_hosts(machine))
    packed = subprocess.run(["tar", "-C", "/", "-c", str(home)], capture_output=True, check=True).stdout
    subprocess.run(["ssh", "-F", config, "desk", "tar -C / -x"], input=packed, check=True)
    command = f"{PORTS}; echo --; ssh -F {home}/ssh_config -o BatchMode=yes main 'id -un; hostname; {PORTS}'"
    said = subprocess.run(["ssh", "-F", config, "desk", command], capture_output=True, text=True, check=True).stdout
    before, _, during = said.partition("--\n")
    assert during == f"root\ndesk\n{before}"
