"""SSH as every room and person uses it: one strict entry a machine and hop, known before the first connection."""

from pathlib import Path

from plan.machine import Machine
from plan.plan import MachinePlan


def config(machine: Machine, planned: MachinePlan, home: Path, at: Path) -> str:
    """The ssh_config entry of a machine, and of the jump host before it.

    home: the stack's folder, for its keys. at: the folder this ssh_config and its known_hosts lie in.
    Hosts are known by the machine's name (HostKeyAlias), so a reused address cannot confuse two stacks.
    """
    settings = planned.provider_settings
    identity = settings.get("identity") or _own_key(planned, home)
    lines = _entry(machine.name, machine.address, machine.port, machine.user, at, identity)
    if settings.get("address") == "this":
        lines.append(f"  ProxyCommand {this_computer(home)}")
    elif jump := settings.get("jump_address"):
        hop = f"{machine.name}-jump"
        user = str(settings.get("jump_user") or machine.user)
        lines.append(f'  ProxyCommand ssh -F "{at}/ssh_config" -W [%h]:%p {hop}')
        lines += ["", *_entry(hop, str(jump), int(settings.get("jump_port") or 22), user, at, identity)]
    return "\n".join(lines) + "\n"


def _own_key(planned: MachinePlan, home: Path) -> Path | None:
    """The key that opens a machine we made; somebody else's is opened by the user's own key or agent."""
    if planned.provider_settings.get("address") == "this":
        return home / "this" / "id_ed25519"
    return None if is_anothers(planned) else home / "id_ed25519"


def is_anothers(planned: MachinePlan) -> bool:
    """Whether it was there before us, with keys of its own: an existing machine, or a rented one that is adopted."""
    return planned.provider == "existing" or bool(planned.provider_settings.get("adopt"))


def known_hosts(machine: Machine) -> str:
    pairs = [(machine.name, key) for key in machine.host_keys]
    pairs += [(f"{machine.name}-jump", key) for key in machine.jump_host_keys]
    return "".join(f"{name} {key}\n" for name, key in pairs)


def this_computer(home: Path) -> str:
    """An sshd that talks over a pipe: the computer one sits at is reached as any other, with no open port."""
    return f'sh -c "mkdir -p /run/sshd && exec /usr/sbin/sshd -i -f {home}/this/sshd_config"'


def _entry(name: str, address: str, port: int, user: str, at: Path, identity: object) -> list[str]:
    lines = [
        f"Host {name}",
        f"  HostName {address}",
        f"  Port {port}",
        f"  User {user}",
        f"  HostKeyAlias {name}",
        f'  UserKnownHostsFile "{at}/known_hosts"',
        "  GlobalKnownHostsFile /dev/null",
        "  StrictHostKeyChecking yes",
        "  PasswordAuthentication no",
        "  ConnectTimeout 10",
        "  ServerAliveInterval 15",
    ]
    return lines + ([f'  IdentityFile "{identity}"', "  IdentitiesOnly yes"] if identity else [])
