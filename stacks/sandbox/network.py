"""A stack's network: one bridge on this computer, with a private IPv4 /24 and a private IPv6 /64."""

import getpass
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from plan.errors import ProviderError
from stacks.sandbox import bystander, firewall, forwarding, lock, places, record, subnet
from stacks.sandbox.command import run, succeeds


@dataclass(frozen=True)
class Network:
    """This computer is host 1 of both networks; machines count from 10.

    owner: the folder whose Pulumi state knows the stack; empty where nobody's does.
    """

    stack: str
    bridge: str
    ipv4: str
    ipv6: str
    owner: str = ""

    def host_ipv4(self, number: int) -> str:
        return str(IPv4Network(self.ipv4)[number])

    def host_ipv6(self, number: int) -> str:
        return str(IPv6Network(self.ipv6)[number])


def remembered(stack: str) -> Network | None:
    file = places.stack_folder(stack) / "network.json"
    return Network(**json.loads(file.read_text())) if file.exists() else None


def ensure(stack: str, owner: str | None = None) -> Network:
    """Make the stack's network, or bring back what is missing of it (after a restart of the computer).

    With `owner`, it is to be the owner's: another's of the same name stays as long as that folder exists.
    What cannot be made whole is taken away again, unless it was there before.
    """
    folder = places.stack_folder(stack)
    if os.geteuid() != 0:
        raise ProviderError(
            "root, which a machine on this computer needs (mounts, network, systemd-nspawn)",
            f"user {getpass.getuser()}",
            "run the same command with `sudo --preserve-env`, or use a machine you have: `provider: existing`",
        )
    with lock.held("network"):
        before = remembered(stack)
        network = before or planned(stack)
        if owner is not None and network.owner != owner:
            refuse_anothers(network, owner)
            network = replace(network, owner=owner)
        try:
            make(network)
        except BaseException:
            if before is None:
                take_away(stack)
                (folder / "network.json").unlink(missing_ok=True)
                with suppress(OSError):
                    folder.rmdir()
            raise
    return network


def make(network: Network) -> None:
    folder = places.stack_folder(network.stack)
    places.STACKS.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    partial = folder / ".network.json"
    partial.write_text(json.dumps(asdict(network)))
    partial.rename(folder / "network.json")
    set_bridge(network)
    reconnect(network)
    firewall.load(network.stack, network.ipv4)
    forwarding.enable(network.bridge)
    bystander.admit(network.bridge)


def planned(stack: str) -> Network:
    tag = places.tag(stack)
    ipv4 = subnet.free_ipv4(tag, subnet.used_ipv4())
    return Network(stack, places.bridge(stack), str(ipv4), str(subnet.local_ipv6(tag)))


def refuse_anothers(network: Network, owner: str) -> None:
    if network.owner and Path(network.owner).exists():
        raise ProviderError(
            f"a sandbox stack {network.stack!r} of {owner}",
            f"one of that name on this computer that belongs to {network.owner}",
            "destroy it from there, or give this environment another name (`make up STACK=another`)",
        )


def owned(stack: str, owner: str) -> bool:
    """Whether the stack is the owner's, or nobody's."""
    network = remembered(stack)
    return network is None or network.owner in ("", owner)


def exists(interface: str) -> bool:
    return succeeds(["ip", "link", "show", "dev", interface])


def set_bridge(network: Network) -> None:
    """A fixed address: the kernel's own would change with the machines, and with it their neighbour tables."""
    bridge, tag = network.bridge, places.tag(network.stack)
    mac = f"02:e1:{tag[0:2]}:{tag[2:4]}:{tag[4:6]}:{tag[6:8]}"
    if not exists(bridge):
        run(["ip", "link", "add", bridge, "type", "bridge"])
    run(["ip", "link", "set", bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0"])
    run(["ip", "addr", "replace", f"{network.host_ipv4(1)}/24", "brd", "+", "dev", bridge])
    run(["ip", "addr", "replace", f"{network.host_ipv6(1)}/64", "dev", bridge, "nodad"])
    run(["ip", "link", "set", bridge, "address", mac, "alias", f"eigenherd sandbox stack {network.stack}", "up"])


def reconnect(network: Network) -> None:
    """Machines that run hang on the bridge, also when somebody deleted the one they hung on."""
    for machine in record.of_stack(network.stack):
        succeeds(["ip", "link", "set", places.interface(network.stack, machine.name), "master", network.bridge])


def whole(stack: str) -> bool:
    """Whether all of a stack's network is there."""
    network = remembered(stack)
    return network is not None and exists(network.bridge) and places.table(stack) in firewall.tables()


def remains(stack: str) -> list[str]:
    """What of the network is still there, in words."""
    bridge, table = places.bridge(stack), places.table(stack)
    found = [f"interface {bridge}"] if exists(bridge) else []
    return found + ([f"nftables table {table}"] if table in firewall.tables() else [])


def remove(stack: str) -> None:
    """Take away the table, the bridge and what hangs on it; nothing of it need exist."""
    with lock.held("network"):
        take_away(stack)


def take_away(stack: str) -> None:
    bridge = places.bridge(stack)
    bystander.dismiss(bridge)
    firewall.unload(stack)
    if exists(bridge):
        for port in json.loads(run(["ip", "-j", "link", "show", "master", bridge])):
            if port:
                succeeds(["ip", "link", "delete", port["ifname"]])
        run(["ip", "link", "delete", bridge])
    forwarding.restore_after_last()
