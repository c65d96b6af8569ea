"""Who may connect: a table of our own, compared with the live one rule by rule.

On machines that are ours everything else is refused; elsewhere it guards our own ports and no others.
"""

import ipaddress
from collections.abc import Iterable
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.nftables import FirewallTables
from deploy.facts.sshd import ConnectionPort
from deploy.operations.files import place
from deploy.operations.units import runs
from deploy.record import Commands
from deploy.template import render
from deploy.upstream import LOOPBACK, listen_address
from plan.machine import Handover, Machine
from plan.plan import MachinePlan

RULES = "/etc/eigenherd/firewall.nft"
UNIT = "eigenherd-firewall.service"

# Per port: address families with their networks; none of them is everybody.
Opened = list[tuple[int, list[tuple[str, list[str]]]]]


@deploy("Firewall")
def guard_ports(handover: Handover, machine: Machine) -> None:
    connection = host.get_fact(ConnectionPort, _sudo=False)
    values = ruleset(handover, machine, ssh_port(machine, handover.planned(machine), connection))
    place(name="Rules", destination=RULES, values=values, mode="600")
    place(name="Unit", destination=f"/etc/systemd/system/{UNIT}", values={})
    runs(name="Rules are loaded at boot", unit=UNIT)
    live_rules(name="Live rules are these and no others", text=render(RULES, values))


@operation()
def live_rules(text: str) -> Commands:
    """The live table lists as this text would."""
    if not host.get_fact(FirewallTables, ruleset=text).agree:
        yield StringCommand(f"systemctl reload {UNIT}")


def ruleset(handover: Handover, machine: Machine, ssh_port: int) -> dict[str, Any]:
    """The template's values."""
    planned = handover.planned(machine)
    ssh: Opened = [(ssh_port, networks(planned.ssh_allow))] if planned.harden else []
    ours = [*gateway_ports(handover, machine), *engine_port(handover, machine)]
    return {
        "harden": planned.harden,
        "opened": ssh + ours,
        "guarded": [port for port, _ in ours],
        "engine_user": handover.plan.engine.user if "engine" in planned.roles else "",
    }


def gateway_ports(handover: Handover, machine: Machine) -> Opened:
    gateway = handover.plan.gateway
    if machine.name != handover.gateway.name:
        return []
    opened: Opened = [(gateway.port, networks(gateway.allow))]
    if gateway.http == "redirect":
        # An ACME proof comes from anywhere; port 80 serves it and the redirect, nothing else.
        opened.append((80, [] if gateway.tls == "acme" else networks(gateway.allow)))
    return opened


def engine_port(handover: Handover, machine: Machine) -> Opened:
    """Open where another machine is the gateway, to that one alone."""
    if "engine" not in handover.planned(machine).roles or listen_address(handover, machine) == LOOPBACK:
        return []
    return [(handover.plan.engine.port, networks([handover.gateway.private_address]))]


def networks(allow: Iterable[str]) -> list[tuple[str, list[str]]]:
    """By nftables' family, without overlaps, which a set refuses."""
    found = [ipaddress.ip_network(network, strict=False) for network in allow]
    v4 = ipaddress.collapse_addresses(net for net in found if isinstance(net, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(net for net in found if isinstance(net, ipaddress.IPv6Network))
    families = {"ip": [str(net) for net in v4], "ip6": [str(net) for net in v6]}
    return [(family, members) for family, members in families.items() if members]


def ssh_port(machine: Machine, planned: MachinePlan, connection: tuple[str, int] | None) -> int:
    """The port that sshd listens on, as our own connection shows it. Refuses rules that would shut us out."""
    if connection is None:
        return machine.port
    source, port = connection
    allow = [ipaddress.ip_network(network, strict=False) for network in planned.ssh_allow]
    if planned.harden and allow and not any(ipaddress.ip_address(source) in network for network in allow):
        raise DeployError(
            f"ssh_allow of {machine.name} lets in {', '.join(planned.ssh_allow)}, but we come from {source}:"
            " add that address, or we would shut ourselves out"
        )
    return port
