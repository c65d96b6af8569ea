"""The live firewall, not the file it was loaded from."""

import ipaddress
import json
from collections.abc import Iterator
from typing import Any

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target


@check(stage="watch", part=("system", "gateway"), severity="critical", source="the plan's allow and ssh_allow")
def firewall(target: Target) -> Finding:
    """The live table filters IPv4 and IPv6 input by default deny, and admits only whom the plan allows."""
    output = target.host.run("nft -j list table inet eigenherd", root=True)
    if output.code != 0:
        return failed(
            "nftables table inet eigenherd",
            output.stderr.strip().splitlines()[0] if output.stderr.strip() else "no such table",
            "systemctl restart eigenherd-firewall; journalctl -u eigenherd-firewall",
        )
    try:
        objects = json.loads(output.stdout)["nftables"]
    except (json.JSONDecodeError, KeyError):
        raise CouldNotTell("nft's JSON output", output.stdout[:200], "run: nft -j list table inet eigenherd") from None
    flaws = flaws_of(objects, target)
    if flaws:
        return failed(
            "input filtered as planned",
            "; ".join(flaws),
            "`eigenherd up` writes the table exactly; then see what else changes it",
            flaws=flaws,
        )
    rules = sum("rule" in item for item in objects)
    allowed = ", ".join(target.plan.gateway.allow) or "everybody"
    return passed(f"{rules} rules, policy {policy(objects)}, gateway open to {allowed}", "default deny, IPv4 and IPv6")


def flaws_of(objects: list[dict[str, Any]], target: Target) -> list[str]:
    flaws = []
    if policy(objects) is None:
        flaws.append("no chain on hook input")
    elif target.planned.harden and policy(objects) != "drop":
        flaws.append(f"input policy {policy(objects)} instead of drop")
    elif not target.planned.harden and policy(objects) != "drop" and "drop" not in json.dumps(objects):
        flaws.append("no rule drops anything")
    planned = set(target.plan.gateway.allow if target.has_gateway else ())
    planned |= set(target.planned.ssh_allow if target.planned.harden else ())
    missing = {ipaddress.ip_network(network) for network in planned} - set(networks(objects))
    if missing:
        flaws.append(f"not admitted: {', '.join(sorted(map(str, missing)))}")
    return flaws


def policy(objects: list[dict[str, Any]]) -> str | None:
    """The policy of the chain on hook input; in family inet it holds for IPv4 and IPv6 alike."""
    for item in objects:
        chain = item.get("chain", {})
        if chain.get("family") == "inet" and chain.get("hook") == "input":
            return str(chain.get("policy", "accept"))
    return None


def networks(value: object) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Every network or address anywhere in nft's objects."""
    if isinstance(value, dict):
        if {"addr", "len"} <= value.keys():
            yield ipaddress.ip_network(f"{value['addr']}/{value['len']}", strict=False)
            return
        for item in value.values():
            yield from networks(item)
    elif isinstance(value, list):
        for item in value:
            yield from networks(item)
    elif isinstance(value, str):
        try:
            yield ipaddress.ip_network(value)
        except ValueError:
            return
