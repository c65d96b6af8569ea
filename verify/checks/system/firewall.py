"""The live firewall, not the file it was loaded from."""

import ipaddress
import json

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nft import EVERYBODY, Objects, admitted, collapsed, dropped, outside, policy
from verify.target import Target


@check(stage="watch", part=("system", "gateway"), severity="critical", source="the plan's allow and ssh_allow")
def firewall(target: Target) -> Finding:
    """The live table admits to each port exactly whom the plan allows, over IPv4 and IPv6, and nobody else."""
    output = target.host.run("nft -j list table inet eigenherd", root=True)
    if output.code != 0:
        said = output.stderr.strip().splitlines() or ["no such table"]
        todo = "systemctl restart eigenherd-firewall; journalctl -u eigenherd-firewall"
        return failed("nftables table inet eigenherd", said[0], todo)
    try:
        objects = json.loads(output.stdout)["nftables"]
    except (json.JSONDecodeError, KeyError):
        said = [output.stdout[:200]]
        raise CouldNotTell("nft's JSON output", said[0], "run: nft -j list table inet eigenherd") from None
    if flaws := flaws_of(objects, target):
        todo = "`eigenherd up` writes the table exactly; then see what else changes it"
        return failed("input filtered as planned", "; ".join(flaws), todo, flaws=flaws)
    rules = sum("rule" in item for item in objects)
    allowed = ", ".join(target.plan.gateway.allow) or "everybody"
    return passed(f"{rules} rules, policy {policy(objects)}, gateway open to {allowed}", "exactly the plan's networks")


def flaws_of(objects: Objects, target: Target) -> list[str]:
    flaws = []
    if target.planned.harden and policy(objects) != "drop":
        flaws.append(f"input policy {policy(objects)} instead of drop")
    for port, planned in planned_doors(target).items():
        wanted = collapsed(map(ipaddress.ip_network, planned)) or set(EVERYBODY)
        seen = admitted(objects, port)
        flaws += [f"port {port} open to {network}" for network in outside(seen, wanted)]
        flaws += [f"port {port} closed to {network}" for network in outside(wanted, seen)]
        if not dropped(objects, port):
            flaws.append(f"port {port} open to everybody else")
    return flaws


def planned_doors(target: Target) -> dict[int, tuple[str, ...]]:
    """Ports that are ours to guard, and whom they are open to; nobody named means everybody."""
    doors = {}
    if target.has_gateway and target.plan.gateway.allow:
        doors[target.plan.gateway.port] = target.plan.gateway.allow
    if target.planned.harden and target.planned.ssh_allow:
        doors[target.machine.port] = target.planned.ssh_allow
    if target.has_engine and not target.has_gateway:
        gateway = ipaddress.ip_address(target.handover.gateway.private_address)
        doors[target.plan.engine.port] = (str(ipaddress.ip_network(gateway)),)
    return doors
