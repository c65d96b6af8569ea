"""Which networks a stack gets."""

from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise

import pytest

from plan.errors import ProviderError
from stacks.sandbox import subnet


def test_two_stacks_begin_in_different_places() -> None:
    assert subnet.free_ipv4("00000001", []) == IPv4Network("10.86.1.0/24")
    assert subnet.free_ipv4("000000fe", []) == IPv4Network("10.86.254.0/24")


def test_a_network_in_use_is_passed_over() -> None:
    used = [IPv4Network("10.86.1.0/24"), IPv4Network("10.86.2.128/25")]
    assert subnet.free_ipv4("00000001", used) == IPv4Network("10.86.3.0/24")


def test_a_vpn_over_the_whole_of_ten_leaves_other_pools() -> None:
    free = subnet.free_ipv4("00000001", [IPv4Network("10.0.0.0/8")])
    assert free.subnet_of(IPv4Network("172.16.0.0/12"))
    assert free.is_private


def test_no_free_network_is_said() -> None:
    with pytest.raises(ProviderError, match="all in use"):
        subnet.free_ipv4("00000001", list(subnet.POOLS))


def test_candidates_cover_every_network_once() -> None:
    found = sorted(subnet.candidates("deadbeef"))
    assert len(found) == 256 + 256 + 128
    assert not any(one.overlaps(other) for one, other in pairwise(found))


def test_the_ipv6_network_is_local_and_of_the_stack() -> None:
    net = subnet.local_ipv6("84d86e19")
    assert net == IPv6Network("fd84:d86e:1900:1::/64")
    assert net.subnet_of(IPv6Network("fd00::/8"))
    assert net != subnet.local_ipv6("84d86e1a")
