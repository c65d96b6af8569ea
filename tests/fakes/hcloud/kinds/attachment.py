"""How a server or a load balancer gets its place in a network."""

import ipaddress
from typing import Any

from tests.fakes.hcloud import catalog
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.kinds.networks import attached

MOST_NETWORKS = 3


def entry(books: Books, record: Record, network_id: int, ip: str | None, range_: str | None = None) -> dict[str, Any]:
    """{network, ip} in the subnet that is named, or that holds `ip`, or in the first one with a free address.

    Addresses 0 and 1 of a subnet are never given, nor is the last.
    """
    network = books.find("networks", network_id)
    if any(net["network"] == network["id"] for net in record["_nets"]):
        raise refused(f"{record['_kind']}_already_attached", f"attached to network {network_id} already", 409)
    if len(record["_nets"]) >= MOST_NETWORKS:
        raise refused("resource_limit_exceeded", f"at most {MOST_NETWORKS} networks", 403)
    zone = catalog.named("locations", record["_location"])["network_zone"]
    usable = [
        ipaddress.IPv4Network(one["ip_range"])
        for one in network["subnets"]
        if one["type"] != "vswitch" and one["network_zone"] == zone and range_ in (None, one["ip_range"])
    ]
    if not usable:
        raise refused("no_subnet_available", f"no cloud subnet in {zone}", 422)
    taken = {net["ip"] for _, net in attached(books, network["id"])}
    if ip:
        wanted = ipaddress.IPv4Address(ip)
        inside = [one for one in usable if wanted in one and wanted not in (one[0], one[1], one[-1])]
        if not inside:
            raise invalid("ip", "is in no usable subnet of the network")
        if ip in taken:
            raise refused("ip_not_available", f"{ip} is in use", 409)
        return {"network": network["id"], "ip": ip}
    for one in usable:
        for host in list(one.hosts())[1:]:
            if str(host) not in taken:
                return {"network": network["id"], "ip": str(host)}
    raise refused("ip_not_available", "no free address", 409)


def leave(record: Record, network_id: int) -> list[dict[str, Any]]:
    """The entries that stay."""
    left = [net for net in record["_nets"] if net["network"] != network_id]
    if len(left) == len(record["_nets"]):
        raise invalid("network", f"not attached to network {network_id}")
    return left
