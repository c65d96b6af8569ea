"""Somebody else's machine (Debian 13, a jump host, sudo, Ollama): served, and afterwards as it was before."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from plan.derive import derive
from plan.environment import load
from stacks import reach
from stacks.existing import machine as existing
from stacks.sandbox import machine, scratch
from tests.checkouts import Checkout
from tools import mirror

pytestmark = pytest.mark.machine

STACK, LAND = f"existing-{os.getpid()}", f"land-{os.getpid()}"
USER = """
useradd --create-home --shell /bin/bash anna
install -d -o anna -g anna -m 0700 /home/anna/.ssh
install -o anna -g anna -m 0600 /root/.ssh/authorized_keys /home/anna/.ssh/
echo 'anna ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/anna
"""
# What an owner would look at; each line is compared before and after.
LOOK = """
echo '# ports'; ss -Hltnu | awk '{print $1, $5}' | sort
echo '# users'; getent passwd | sort; getent group | sort
echo '# keys'; sha256sum /root/.ssh/authorized_keys /home/anna/.ssh/authorized_keys
echo '# packages'; dpkg-query -W -f '${Package} ${db:Status-Abbrev}\\n'
echo '# manual'; apt-mark showmanual
echo '# firewall'; nft list ruleset
echo '# units'; systemctl list-unit-files --no-legend --state=enabled,masked | sort
echo '# files'; find /etc /opt /srv /usr/local /var/lib/eigenherd -xdev -type f 2>/dev/null | sort
"""
# What a removed package or a run of apt leaves by itself: caches and backups that nothing reads.
NOISE = ("/etc/ld.so.cache", "/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-")


@dataclass(frozen=True)
class Land:
    """A jump host and a machine behind it, made by hand as an owner would have them."""

    asked: dict[str, object]

    def shell(self, machine: str, command: str) -> str:
        config = str(scratch.ssh_config(LAND))
        return subprocess.run(
            ["ssh", "-F", config, machine, command], capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture(scope="module")
def land() -> Iterator[Land]:
    try:
        jump = scratch.add(LAND, "jump", disk_gib=2, memory_gib=1)
        office = scratch.add(LAND, "office", os="debian-13")
        reached = {
            "provider": "existing",
            "address": office.ipv4,
            "user": "anna",
            "identity": str(scratch.keys(LAND) / "user"),
            "host_key": " ".join(office.host_key.split()[:2]),
            "jump": {"address": jump.ipv4, "host_key": " ".join(jump.host_key.split()[:2])},
        }
        made = Land(
            {
                "machine": reached,
                "gpu": "none",
                "models": ["smollm2:135m"],
                "pin": {"engine": "ollama", "context": 2048},
                "packages": {"mirror": "/srv/eigenherd/mirror"},
                "clients": ["anna", "bernd"],
            }
        )
        mirror.fill(derive(load(made.asked), STACK))  # an owner's mirror is filled by the owner
        for name in ("jump", "office"):
            made.shell(name, USER)
        yield made
    finally:
        scratch.remove(LAND)


def test_a_missing_host_key_stops_and_shows_what_was_seen(checkout: Checkout, land: Land) -> None:
    unpinned = {key: value for key, value in dict(land.asked["machine"]).items() if key != "host_key"}  # type: ignore[call-overload]
    checkout.environment("no-key", {**land.asked, "machine": unpinned})
    printed = checkout.eigenherd("up", "no-key", ok=False)
    assert "SHA256:" in printed and "ssh-keygen -lf" in printed
    # Pulumi may interrupt its own program, which then prints where it was; no frame of ours is ever shown.
    assert f'File "{checkout.path}' not in printed


def test_init_looks_changes_nothing_and_writes_what_up_takes(checkout: Checkout, land: Land) -> None:
    before = land.shell("office", LOOK)
    office = machine.found(LAND, "office")
    printed = checkout.eigenherd(
        "init",
        "looked-at",
        *("--host", office.ipv4, "--user", "anna"),
        *("--identity", str(scratch.keys(LAND) / "user"), "--host-key", " ".join(office.host_key.split()[:2])),
    )
    assert "eigenherd up looked-at" in printed
    assert "anna" in (checkout.path / "stacks" / "Pulumi.looked-at.yaml").read_text()
    assert "engine: llama_cpp" in checkout.eigenherd("explain", "looked-at")
    assert land.shell("office", LOOK) == before


def test_a_machine_that_is_off_behind_its_jump_host_does_not_answer(land: Land, tmp_path: Path) -> None:
    [planned] = derive(load(land.asked), STACK).machines
    looked_at = existing.look(planned, tmp_path / "stack")
    ssh_config = existing.ssh_config(looked_at, planned, tmp_path / "stack")
    assert reach.answers(looked_at, planned, ssh_config)
    office = machine.found(LAND, "office")
    machine.stop(office)
    try:
        assert not reach.answers(looked_at, planned, ssh_config)
    finally:
        machine.start(office)
    assert reach.answers(looked_at, planned, ssh_config)


def test_what_was_there_stays_and_what_we_made_goes(checkout: Checkout, land: Land) -> None:
    before = land.shell("office", LOOK)
    checkout.environment(STACK, land.asked)
    printed = checkout.eigenherd("up", STACK)
    assert "is verified" in printed
    handover = checkout.handover(STACK)
    assert handover.plan.engine.name == "ollama" and handover.machines[0].sudo
    assert land.shell("office", LOOK) != before
    checkout.eigenherd("down", STACK)
    assert differences(before, land.shell("office", LOOK)) == []


def differences(before: str, after: str) -> list[str]:
    old, new = set(before.splitlines()), set(after.splitlines())
    found = [f"- {line}" for line in sorted(old - new)] + [f"+ {line}" for line in sorted(new - old)]
    return [line for line in found if not line.endswith(NOISE)]
