"""The kinds of resources, a file each; to import one is to add its routes."""

from tests.fakes.hcloud import catalog
from tests.fakes.hcloud.kinds import (
    firewalls,
    load_balancer_parts,
    load_balancers,
    networks,
    placement_groups,
    primary_ips,
    server_actions,
    server_places,
    servers,
    ssh_keys,
    volumes,
)

__all__ = [
    "catalog",
    "firewalls",
    "load_balancer_parts",
    "load_balancers",
    "networks",
    "placement_groups",
    "primary_ips",
    "server_actions",
    "server_places",
    "servers",
    "ssh_keys",
    "volumes",
]
