"""Which private networks a stack gets: ones that nothing on this computer uses."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

from plan.errors import ProviderError
from stacks.sandbox import places
from stacks.sandbox.command import run

# Rarely used corners first; the others for computers whose VPN claims the whole of 10.0.0.0/8.
POOLS = (IPv4Network("10.86.0.0/16"), IPv4Network("172.29.0.0/16"), IPv4Network("192.168.128.0/17"))


def candidates(tag: str) -> Iterator[IPv4Network]:
    """Every /24 of the pools, beginning at a place of the stack's own so that it tends to stay the same."""
    for pool in POOLS:
        nets = list(pool.subnets(new_prefix=24))
        first = int(tag, 16) % len(nets)
        yield from nets[first:] + nets[:first]


def free_ipv4(tag: str, used: list[IPv4Network]) -> IPv4Network:
    for net in candidates(tag):
        if not any(net.overlaps(taken) for taken in used):
            return net
    raise ProviderError(
        "a private IPv4 /24 for the stack",
        f"{', '.join(map(str, POOLS))} all in use",
        "remove a route or another stack (`python -m stacks.sandbox list`)",
    )


def local_ipv6(tag: str) -> IPv6Network:
    """A /64 of fd00::/8 (RFC 4193) whose global bits come from the stack's tag."""
    return IPv6Network(f"fd{tag[0:2]}:{tag[2:6]}:{tag[6:8]}00:1::/64")


def used_ipv4() -> list[IPv4Network]:
    """Networks that this computer has routes to, or that another stack remembers."""
    routes = json.loads(run(["ip", "-4", "-j", "route", "show", "table", "all"]))
    used = [IPv4Network(route["dst"], strict=False) for route in routes if route["dst"] != "default"]
    for remembered in places.STACKS.glob("*/network.json"):
        used.append(IPv4Network(json.loads(remembered.read_text())["ipv4"]))
    return used
