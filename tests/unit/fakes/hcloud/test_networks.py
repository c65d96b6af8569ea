"""Networks, subnets of both kinds and routes, through the official client."""

from typing import Any

import pytest
from hcloud import APIException, Client
from hcloud.networks.domain import NetworkRoute, NetworkSubnet

from tests.unit.fakes.hcloud.scene import network, server


def add(net: Any, type_: str, range_: str, vswitch: int | None = None) -> None:
    subnet = NetworkSubnet(type=type_, network_zone="eu-central", ip_range=range_, vswitch_id=vswitch)
    net.add_subnet(subnet).wait_until_finished()
    net.reload()


def test_both_kinds_of_subnets(client: Client) -> None:
    net = network(client)
    add(net, "vswitch", "10.0.9.0/24", 4711)
    assert [(one.type, one.ip_range, one.gateway, one.vswitch_id) for one in net.subnets] == [
        ("cloud", "10.0.1.0/24", "10.0.0.1", None),
        ("vswitch", "10.0.9.0/24", "10.0.9.1", 4711),
    ]
    net.delete_subnet(net.subnets[1]).wait_until_finished()
    assert len(client.networks.get_by_id(net.id).subnets) == 1


def test_a_subnet_without_a_range_gets_one(client: Client) -> None:
    net = network(client)
    net.add_subnet(NetworkSubnet(type="cloud", network_zone="eu-central", ip_range=None)).wait_until_finished()
    assert client.networks.get_by_id(net.id).subnets[1].ip_range == "10.0.0.0/24"


@pytest.mark.parametrize(
    ("type_", "range_", "vswitch", "code"),
    [
        ("cloud", "10.0.1.128/25", None, "networks_overlap"),
        ("cloud", "10.1.0.0/24", None, "invalid_input"),
        ("vswitch", "10.0.8.0/24", None, "invalid_input"),
        ("vswitch", "10.0.8.0/24", 4711, "vswitch_id_already_used"),
        ("odd", "10.0.8.0/24", None, "invalid_input"),
    ],
)
def test_subnets_that_are_refused(client: Client, type_: str, range_: str, vswitch: int | None, code: str) -> None:
    net = network(client)
    add(net, "vswitch", "10.0.9.0/24", 4711)
    with pytest.raises(APIException) as refusal:
        add(net, type_, range_, vswitch)
    assert refusal.value.code == code


def test_routes(client: Client) -> None:
    net = network(client)
    way = NetworkRoute(destination="10.100.0.0/24", gateway="10.0.1.2")
    net.add_route(way).wait_until_finished()
    net.reload()
    assert [(one.destination, one.gateway) for one in net.routes] == [("10.100.0.0/24", "10.0.1.2")]
    for gateway in ("10.0.0.1", "172.31.1.1", "10.9.0.1"):
        with pytest.raises(APIException):
            net.add_route(NetworkRoute(destination="10.101.0.0/24", gateway=gateway))
    net.delete_route(way).wait_until_finished()
    assert client.networks.get_by_id(net.id).routes == []


def test_a_running_action_locks(client: Client) -> None:
    net = network(client)
    running = net.add_route(NetworkRoute(destination="10.100.0.0/24", gateway="10.0.1.2"))
    with pytest.raises(APIException) as refusal:
        net.add_route(NetworkRoute(destination="10.101.0.0/24", gateway="10.0.1.2"))
    assert refusal.value.code == "locked"
    running.wait_until_finished()


def test_a_protected_network_stays(client: Client) -> None:
    net = network(client)
    net.change_protection(delete=True).wait_until_finished()
    with pytest.raises(APIException) as refusal:
        net.delete()
    assert refusal.value.code == "protected"
    net.change_protection(delete=False).wait_until_finished()
    net.delete()
    assert client.networks.get_all() == []


def test_a_network_grows_is_named_and_labelled(client: Client) -> None:
    net = network(client)
    net.change_ip_range("10.0.0.0/8").wait_until_finished()
    net.update(name="wide", labels={"stack": "office"}, expose_routes_to_vswitch=True)
    [found] = client.networks.get_all(label_selector="stack=office")
    assert (found.name, found.ip_range, found.expose_routes_to_vswitch) == ("wide", "10.0.0.0/8", True)
    with pytest.raises(APIException):
        net.change_ip_range("10.0.0.0/16")


def test_servers_get_addresses_and_are_its_members(client: Client) -> None:
    net = network(client)
    first = server(client, "first", networks=[net])
    second = server(client, "second")
    second.attach_to_network(net, ip="10.0.1.77", alias_ips=["10.0.1.78"]).wait_until_finished()
    second.reload()
    assert [one.ip for one in first.private_net + second.private_net] == ["10.0.1.2", "10.0.1.77"]
    assert second.private_net[0].alias_ips == ["10.0.1.78"]
    assert second.private_net[0].mac_address
    members = client.networks.get_member_list(net).members
    assert [(one.id, one.ip, one.subnet) for one in members] == [
        (first.id, "10.0.1.2", "10.0.1.0/24"),
        (second.id, "10.0.1.77", "10.0.1.0/24"),
    ]
    net.reload()
    with pytest.raises(APIException) as refusal:
        net.delete_subnet(net.subnets[0])
    assert refusal.value.code == "resource_in_use"
    with pytest.raises(APIException) as refusal:
        first.attach_to_network(net)
    assert refusal.value.code == "server_already_attached"
    second.change_alias_ips(net, []).wait_until_finished()
    second.detach_from_network(net).wait_until_finished()
    assert [one.id for one in client.networks.get_by_id(net.id).servers] == [first.id]


def test_an_address_is_given_once(client: Client) -> None:
    net = network(client)
    server(client, "first", networks=[net])
    second = server(client, "second")
    for ip, code in (("10.0.1.2", "ip_not_available"), ("10.0.1.1", "invalid_input"), ("10.0.2.2", "invalid_input")):
        with pytest.raises(APIException) as refusal:
            second.attach_to_network(net, ip=ip)
        assert refusal.value.code == code


def test_a_network_without_a_cloud_subnet_has_no_room(client: Client) -> None:
    net = client.networks.create(name="bare", ip_range="10.0.0.0/16")
    add(net, "vswitch", "10.0.9.0/24", 4711)
    one = server(client)
    with pytest.raises(APIException) as refusal:
        one.attach_to_network(net)
    assert refusal.value.code == "no_subnet_available"
