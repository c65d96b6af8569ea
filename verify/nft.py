"""Who gets in, by the live rules of an nftables table as `nft -j` prints them."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Objects = list[dict[str, Any]]
EVERYBODY = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


def policy(objects: Objects) -> str | None:
    """The policy of the chain on hook input; in family inet it holds for IPv4 and IPv6 alike."""
    for item in objects:
        chain = item.get("chain", {})
        if chain.get("family") == "inet" and chain.get("hook") == "input":
            return str(chain.get("policy", "accept"))
    return None


def admitted(objects: Objects, port: int) -> set[Network]:
    """The networks from which some rule accepts new TCP connections to the port."""
    found: list[Network] = []
    for expression in rules(objects):
        if {"accept": None} in expression and port in ports(expression):
            found += sources(expression)
    return collapsed(found)


def dropped(objects: Objects, port: int) -> bool:
    """Whether what no rule admits to the port is dropped: by the policy, or by a rule for everybody."""
    return policy(objects) == "drop" or any(
        {"drop": None} in expression and port in ports(expression) and set(sources(expression)) == set(EVERYBODY)
        for expression in rules(objects)
    )


def rules(objects: Objects) -> Iterator[list[dict[str, Any]]]:
    """The expressions of each rule of the input chain."""
    for item in objects:
        rule = item.get("rule", {})
        if rule.get("chain") == "input":
            yield rule.get("expr", [])


def ports(expression: list[dict[str, Any]]) -> set[int]:
    return {value for value in matched(expression, "dport") if isinstance(value, int)}


def sources(expression: list[dict[str, Any]]) -> list[Network]:
    """Everybody, where the rule names no source."""
    named = matched(expression, "saddr")
    return [network for value in named for network in networks(value)] if named else list(EVERYBODY)


def matched(expression: list[dict[str, Any]], field: str) -> list[Any]:
    """What the rule compares a packet's field with."""
    values: list[Any] = []
    for statement in expression:
        match = statement.get("match", {})
        if match.get("op") in {"==", "in"} and match.get("left", {}).get("payload", {}).get("field") == field:
            right = match["right"]
            values += right["set"] if isinstance(right, dict) and "set" in right else [right]
    return values


def networks(value: Any) -> list[Network]:
    """An address, a prefix or a range."""
    if isinstance(value, dict) and "prefix" in value:
        return [ipaddress.ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}")]
    if isinstance(value, dict) and "range" in value:
        first, last = map(ipaddress.ip_address, value["range"])
        return list(ipaddress.summarize_address_range(first, last))
    return [ipaddress.ip_network(str(value))]


def outside(networks: set[Network], bounds: set[Network]) -> list[Network]:
    """Those of the networks that lie in none of the bounds."""
    return sorted((n for n in networks if not any(within(n, bound) for bound in bounds)), key=str)


def within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def collapsed(found: Iterable[Network]) -> set[Network]:
    """The fewest networks that say the same."""
    found = list(found)
    four = [network for network in found if isinstance(network, ipaddress.IPv4Network)]
    six = [network for network in found if isinstance(network, ipaddress.IPv6Network)]
    return {*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)}
