"""The stack's own folder (0700) on the controller: how SSH finds its machines, what the clients need.

    ssh_config, known_hosts, id_ed25519    `ssh -F .eigenherd/<stack>/ssh_config <machine>`
    ca.pem, headers/<client>               `curl --cacert ca.pem -H @headers/<client> ...`
    report/, reports/                      written by verify
"""

import os
from pathlib import Path

from plan.machine import Handover, Machine
from plan.plan import MachinePlan

ROOT = Path(__file__).resolve().parents[1] / ".eigenherd"


def of(stack: str) -> Path:
    return ROOT / stack


def write(handover: Handover) -> None:
    """Make the folder's files what the handover says; a file that agrees already is not touched."""
    home = Path(handover.folder)
    for folder in (home.parent, home, home / "headers"):
        folder.mkdir(mode=0o700, exist_ok=True)
    files = {
        "ssh_config": ssh_config(handover),
        "known_hosts": known_hosts(handover),
        "id_ed25519": handover.secrets.ssh_key,
        "ca.pem": handover.secrets.ca_certificate,
        **{
            f"headers/{client}": f"Authorization: Bearer {key}\n"
            for client, key in handover.secrets.clients.items()
        },
    }
    for name, text in files.items():
        _write_private(home / name, text)
    for path in (home / "headers").iterdir():
        if path.name not in handover.secrets.clients:
            path.unlink()


def ssh_config(handover: Handover) -> str:
    return "\n".join(
        _host(machine, handover.planned(machine), Path(handover.folder)) for machine in handover.machines
    )


def known_hosts(handover: Handover) -> str:
    lines = [f"{machine.name} {key}" for machine in handover.machines for key in machine.host_keys]
    for machine in handover.machines:
        if jump_key := handover.planned(machine).provider_settings.get("jump_host_key"):
            lines.append(f"{machine.name}-jump {jump_key}")
    return "\n".join(lines) + "\n"


def _host(machine: Machine, planned: MachinePlan, home: Path) -> str:
    """One machine's entry; every hop is strict, and named so that known_hosts need no addresses."""
    settings = planned.provider_settings
    own_key = home / "id_ed25519"
    identity = settings.get("identity") or (None if planned.provider == "existing" else own_key)
    lines = _entry(machine.name, machine.address, machine.port, machine.user, home, identity)
    if proxy := settings.get("proxy_command"):
        lines.append(f"  ProxyCommand {proxy}")
    elif jump := settings.get("jump_address"):
        lines.append(f"  ProxyCommand ssh -F {home}/ssh_config -W [%h]:%p {machine.name}-jump")
        user = str(settings.get("jump_user") or machine.user)
        port = int(settings.get("jump_port") or 22)
        lines += ["", *_entry(f"{machine.name}-jump", str(jump), port, user, home, identity)]
    return "\n".join(lines) + "\n"


def _entry(name: str, address: str, port: int, user: str, home: Path, identity: object) -> list[str]:
    lines = [
        f"Host {name}",
        f"  HostName {address}",
        f"  Port {port}",
        f"  User {user}",
        f"  HostKeyAlias {name}",
        f"  UserKnownHostsFile {home}/known_hosts",
        "  GlobalKnownHostsFile /dev/null",
        "  StrictHostKeyChecking yes",
        "  PasswordAuthentication no",
        "  ConnectTimeout 10",
        "  ServerAliveInterval 15",
    ]
    return lines + ([f"  IdentityFile {identity}", "  IdentitiesOnly yes"] if identity else [])


def _write_private(path: Path, text: str) -> None:
    """Write 0600 from the first byte on, and replace whole: a reader never sees half a file."""
    if not text:
        path.unlink(missing_ok=True)
        return
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
