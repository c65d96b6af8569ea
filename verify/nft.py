"""Who gets in, by the live rules of an nftables table as `nft -j` prints them.

The question is about one packet: the first of a TCP connection to a port, from outside. What a rule asks besides
that is not known here counts in favour of the intruder: an accepting rule may hold, a dropping one may not.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Objects = list[dict[str, Any]]
Expression = list[dict[str, Any]]
FOUR, SIX = ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")
EVERYBODY = (FOUR, SIX)
FAMILIES = {"ip": FOUR, "ipv4": FOUR, "ip6": SIX, "ipv6": SIX}
# A jump goes to rules that are not read here.
ADMITTING = {"accept", "jump", "goto", "vmap", "queue"}
OTHER_PROTOCOLS = {"udp", "icmp", "icmpv6", "igmp", "sctp", "esp", "ah"}


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
        verdicts = {key for statement in expression for key in statement}
        if verdicts & ADMITTING and all(may_hold(match, port) for match in matches(expression)):
            found += sources(expression)
    return collapsed(found)


def dropped(objects: Objects, port: int) -> bool:
    """Whether what no rule admits to the port is dropped: by the policy, or by a rule for everybody."""
    return policy(objects) == "drop" or any(
        {"drop": None} in expression and all(is_port(match) and may_hold(match, port) for match in matches(expression))
        for expression in rules(objects)
    )


def rules(objects: Objects) -> Iterator[Expression]:
    """The expressions of each rule of the input chain."""
    for item in objects:
        rule = item.get("rule", {})
        if rule.get("chain") == "input":
            yield rule.get("expr", [])


def matches(expression: Expression) -> list[dict[str, Any]]:
    return [statement["match"] for statement in expression if "match" in statement]


def may_hold(match: dict[str, Any], port: int) -> bool:
    """Whether a new TCP connection to the port, from outside, can fulfil this."""
    left, equal, wanted = match.get("left", {}), match.get("op") in {"==", "in"}, values(match)
    payload, meta = left.get("payload", {}), left.get("meta", {}).get("key")
    if is_port(match):
        known = [value for value in wanted if isinstance(value, int | dict)]
        inside = any(holds_port(value, port) for value in known) or len(known) < len(wanted)
        return inside if equal else not inside or len(known) < len(wanted)
    if payload:
        return payload.get("protocol") not in OTHER_PROTOCOLS
    if left.get("ct", {}).get("key") == "state":
        return ("new" in wanted) is equal
    if meta in {"iif", "iifname"}:
        return wanted != ["lo"] or not equal
    if meta in {"l4proto", "protocol"}:
        return not equal or not OTHER_PROTOCOLS.issuperset(map(str, wanted))
    return True


def is_port(match: dict[str, Any]) -> bool:
    payload = match.get("left", {}).get("payload", {})
    return payload.get("field") == "dport" and payload.get("protocol") in {"tcp", "th"}


def holds_port(value: Any, port: int) -> bool:
    if isinstance(value, dict):
        first, last = value.get("range", (0, 65535))
        return bool(first <= port <= last)
    return bool(value == port)


def sources(expression: Expression) -> list[Network]:
    """Whom the rule is about: the sources it names, else everybody of its address family."""
    families = set(EVERYBODY)
    for match in matches(expression):
        left = match.get("left", {})
        payload, equal = left.get("payload", {}), match.get("op") in {"==", "in"}
        if payload.get("field") == "saddr" and equal and payload.get("protocol") in FAMILIES:
            return [network for value in values(match) for network in networks(value)]
        if payload.get("protocol") in FAMILIES:
            families &= {FAMILIES[payload["protocol"]]}
        if left.get("meta", {}).get("key") == "nfproto" and equal:
            families &= {FAMILIES[value] for value in values(match)}
    return [network for network in EVERYBODY if network in families]


def values(match: dict[str, Any]) -> list[Any]:
    """What the rule compares with; a named set is its name."""
    right = match.get("right")
    if isinstance(right, dict) and "set" in right:
        return list(right["set"])
    return list(right) if isinstance(right, list) else [right]


def networks(value: Any) -> list[Network]:
    """An address, a prefix or a range; a named set may be everybody."""
    if isinstance(value, dict) and "prefix" in value:
        return [ipaddress.ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}")]
    if isinstance(value, dict) and "range" in value:
        first, last = map(ipaddress.ip_address, value["range"])
        return list(ipaddress.summarize_address_range(first, last))
    return list(EVERYBODY) if str(value).startswith("@") else [ipaddress.ip_network(str(value))]


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
