"""Throw-away stacks with throw-away keys, for tests and for trying things by hand.

A real stack's keys come from Pulumi's state; these lie in the stack's folder and go with it.
"""

from pathlib import Path

from stacks.sandbox import layer, machine, network, places, power, sweep, tree
from stacks.sandbox.command import run
from stacks.sandbox.record import Record, of_stack


def key(folder: Path, name: str) -> tuple[str, str]:
    """The private and public half of the key `name`, made when first asked for."""
    file = folder / name
    if not file.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(file)])
    return file.read_text(), file.with_name(f"{name}.pub").read_text()


def keys(stack: str) -> Path:
    folder = places.stack_folder(stack) / ".ssh"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def add(
    stack: str,
    name: str = "one",
    os: str = "debian-12",
    memory_gib: float = 6,
    disk_gib: float = 20,
    from_layer: str | None = None,
    cards: str = "",
    say: tree.Say = print,
) -> Record:
    """Make one more machine in the scratch stack; `ssh -F <ssh_config(stack)> <name>` reaches it."""
    network.ensure(stack, owner=str(places.stack_folder(stack) / ".ssh"))
    folder = keys(stack)
    host_private, host_public = key(folder, f"host_{name}")
    _, authorized = key(folder, "user")
    made = machine.create(
        stack, name, os, memory_gib, disk_gib, host_private, host_public, authorized, from_layer, cards, say
    )
    write_ssh_files(stack)
    return made


def ssh_config(stack: str) -> Path:
    return keys(stack) / "config"


def write_ssh_files(stack: str) -> None:
    """Host entries named after the machines, and after `<machine>-ipv6` for the other way in."""
    folder, config, known = keys(stack), "", ""
    for made in of_stack(stack):
        for name, address in ((made.name, made.ipv4), (f"{made.name}-ipv6", made.ipv6)):
            config += f"Host {name}\n  HostName {address}\n  HostKeyAlias {made.name}\n"
        known += f"{made.name} {' '.join(made.host_key.split()[:2])}\n"
    config += (
        f"Host *\n  User root\n  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n  BatchMode yes\n"
        f"  StrictHostKeyChecking yes\n  UserKnownHostsFile {folder / 'known_hosts'}\n"
        "  GlobalKnownHostsFile none\n  ConnectTimeout 10\n"
    )
    (folder / "known_hosts").write_text(known)
    (folder / "config").write_text(config)


def keep(stack: str, name: str, as_layer: str) -> Path:
    """Stop the machine and keep what was written on it as a deployed layer."""
    made = machine.found(stack, name)
    power.off(made)
    return layer.capture(made, as_layer)


def remove(stack: str) -> None:
    sweep.sweep(stack)
