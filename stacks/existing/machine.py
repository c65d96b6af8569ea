"""Finds out who a machine that exists is: its keys, its identity, its addresses. Changes nothing."""

import subprocess
from pathlib import Path
from typing import Any

from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import folder, ssh
from stacks.existing import host_key, this

TIMEOUT_S = 60

# One round trip. The IPv4 address is the one the machine itself would use to reach the world.
LOOK = """
echo "machine_id=$(cat /etc/machine-id 2>/dev/null)"
echo "ipv4=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
echo "ipv6=$(ip -6 -o addr show scope global -temporary -deprecated | awk 'NR == 1 {sub("/.*", "", $4); print $4}')"
"""


def look(planned: MachinePlan, home: Path) -> Machine:
    """Pin the host keys, connect, and read /etc/machine-id: a reinstalled machine is a new instance."""
    settings = planned.provider_settings
    jump_keys: tuple[str, ...] = ()
    if settings.get("address") == "this":
        unknown = this.prepare(planned, folder.make(home))
    else:
        jump_keys = _jump_keys(settings)
        unknown = _machine(planned, (), jump_keys)
        proxy = _proxy_command(unknown, planned, home) if jump_keys else None
        key = host_key.pinned(str(settings.get("host_key") or ""), unknown.address, unknown.port, proxy)
        unknown = _machine(planned, (key,), jump_keys)
    found = dict(line.partition("=")[::2] for line in connect(unknown, planned, home, LOOK))
    if not found.get("machine_id"):
        raise ProviderError(f"{planned.name} to have /etc/machine-id", "none", "run `systemd-machine-id-setup` there")
    address = unknown.address
    if settings.get("address") == "this":
        address = found["ipv4"] or "127.0.0.1"
    return unknown.model_copy(
        update={
            "instance": found["machine_id"],
            "address": address,
            "private_address": planned.provider_settings.get("private_address") or found["ipv4"] or address,
            "ipv6": found["ipv6"] or None,
        }
    )


def _machine(planned: MachinePlan, keys: tuple[str, ...], jump_keys: tuple[str, ...]) -> Machine:
    settings = planned.provider_settings
    user, address = str(settings.get("user") or "root"), str(settings["address"])
    return Machine(
        name=planned.name,
        instance="",
        state="running",
        address=address,
        ipv6=None,
        private_address=address,
        port=int(settings.get("port") or 22),
        user=user,
        sudo=user != "root",
        host_keys=keys,
        jump_host_keys=jump_keys,
    )


def _jump_keys(settings: dict[str, Any]) -> tuple[str, ...]:
    if not settings.get("jump_address"):
        return ()
    pin = str(settings.get("jump_host_key") or "")
    return (host_key.pinned(pin, str(settings["jump_address"]), int(settings.get("jump_port") or 22)),)


def _proxy_command(machine: Machine, planned: MachinePlan, home: Path) -> str:
    config = ssh_config(machine, planned, home)
    return f'ssh -F "{config}" -W [{machine.address}]:{machine.port} {machine.name}-jump'


def connect(machine: Machine, planned: MachinePlan, home: Path, script: str) -> list[str]:
    """Run a shell script there, changing nothing; its lines of output, or why it could not be asked."""
    command = ["ssh", "-F", str(ssh_config(machine, planned, home)), "-o", "BatchMode=yes", machine.name, script]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise ProviderError(f"{machine.name} to answer over SSH", f"nothing in {TIMEOUT_S} s", "check it") from None
    if result.returncode != 0:
        raise ProviderError(
            f"to log in to {machine.name} as {machine.user}",
            (result.stderr.strip().splitlines() or ["no message"])[-1],
            "give that user your SSH key, or name another with `user` or `identity`",
        )
    return result.stdout.splitlines()


def ssh_config(machine: Machine, planned: MachinePlan, home: Path) -> Path:
    """The machine's own small SSH folder, used until there is a handover."""
    own = home / f"look-{machine.name}"
    folder.make(home)
    own.mkdir(mode=0o700, exist_ok=True)
    folder.write_private(own / "ssh_config", ssh.config(machine, planned, home, own))
    folder.write_private(own / "known_hosts", ssh.known_hosts(machine))
    return own / "ssh_config"
