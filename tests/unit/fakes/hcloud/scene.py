"""Pieces that several tests begin with, made through the official client."""

import itertools
from typing import Any

from hcloud import Client
from hcloud.firewalls.domain import FirewallRule
from hcloud.images.domain import Image
from hcloud.locations.domain import Location
from hcloud.networks.domain import NetworkSubnet
from hcloud.server_types.domain import ServerType

from stacks import keys

FSN = Location(name="fsn1")
NUMBERS = itertools.count(1)


def wait(response: Any) -> None:
    """Until every action of an answer has finished."""
    for action in [response.action, *(getattr(response, "next_actions", None) or [])]:
        if action:
            action.wait_until_finished()


def public_key() -> str:
    return keys.make("ssh", "")[1]


def server(client: Client, name: str = "one", **more: Any) -> Any:
    """A server that runs."""
    asked = {"server_type": ServerType(name="cx23"), "image": Image(name="debian-12"), "location": FSN, **more}
    made = client.servers.create(name=name, **asked)
    wait(made)
    return client.servers.get_by_id(made.server.id)


def stopped(client: Client, name: str = "one", **more: Any) -> Any:
    return server(client, name, start_after_create=False, **more)


def network(client: Client, name: str = "inside", range_: str = "10.0.0.0/16") -> Any:
    """With a cloud subnet 10.0.1.0/24."""
    subnet = NetworkSubnet(type="cloud", network_zone="eu-central", ip_range="10.0.1.0/24")
    return client.networks.create(name=name, ip_range=range_, subnets=[subnet])


def ssh_rule() -> FirewallRule:
    return FirewallRule(direction="in", protocol="tcp", port="22", source_ips=["0.0.0.0/0", "::/0"])
