"""Primary IPs and volumes: both outlive the servers they are given to."""

from typing import Any

import pytest
from hcloud import APIException, Client
from hcloud.locations.domain import Location
from hcloud.servers.domain import ServerCreatePublicNetwork

from tests.fakes.hcloud.running import Running
from tests.unit.fakes.hcloud.scene import FSN, server, stopped, wait


def ip(client: Client, name: str = "door", type_: str = "ipv4", place: Location = FSN) -> Any:
    return client.primary_ips.create(type=type_, name=name, location=place, auto_delete=False).primary_ip


def volume(client: Client, name: str = "data", **more: Any) -> Any:
    made = client.volumes.create(size=10, name=name, **(more or {"location": FSN}))
    wait(made)
    return client.volumes.get_by_id(made.volume.id)


def test_an_address_of_its_own_outlives_the_server(client: Client) -> None:
    door = ip(client)
    assert (door.assignee_type, door.assignee_id, door.location.name) == ("unassigned", None, "fsn1")
    one = server(client, public_net=ServerCreatePublicNetwork(ipv4=door, enable_ipv6=False))
    assert one.public_net.ipv4.ip == door.ip
    assert one.public_net.primary_ipv6 is None
    door.reload()
    assert (door.assignee_type, door.assignee_id) == ("server", one.id)
    with pytest.raises(APIException):
        door.delete()
    one.delete().wait_until_finished()
    door.reload()
    assert door.assignee_id is None
    door.delete()
    assert client.primary_ips.get_all() == []


def test_addresses_move_between_stopped_servers(client: Client) -> None:
    door, away = ip(client), ip(client, "away", place=Location(name="nbg1"))
    one = stopped(client, public_net=ServerCreatePublicNetwork(enable_ipv4=False, enable_ipv6=True))
    door.assign(one.id, "server").wait_until_finished()
    with pytest.raises(APIException):
        away.assign(one.id, "server")
    assert client.servers.get_by_id(one.id).public_net.ipv4.ip == door.ip
    one.power_on().wait_until_finished()
    with pytest.raises(APIException) as refusal:
        door.unassign()
    assert refusal.value.code == "server_not_stopped"
    one.power_off().wait_until_finished()
    door.unassign().wait_until_finished()
    assert client.servers.get_by_id(one.id).public_net.ipv4 is None
    made = client.primary_ips.create(type="ipv4", name="born", assignee_type="server", assignee_id=one.id)
    wait(made)
    assert made.primary_ip.assignee_id == one.id


def test_protection_labels_and_names_of_an_address(client: Client) -> None:
    door = ip(client)
    door.change_protection(delete=True).wait_until_finished()
    with pytest.raises(APIException) as refusal:
        door.delete()
    assert refusal.value.code == "protected"
    door.change_dns_ptr(door.ip, "ki.example.org").wait_until_finished()
    door.update(name="gate", labels={"a": "b"}, auto_delete=True)
    [found] = client.primary_ips.get_all(label_selector="a=b")
    assert (found.name, found.auto_delete, found.dns_ptr[0]["dns_ptr"]) == ("gate", True, "ki.example.org")
    with pytest.raises(APIException):
        door.change_dns_ptr("192.0.2.1", "ki.example.org")
    with pytest.raises(APIException):
        client.primary_ips.create(type="ipv5", name="odd", location=FSN)


def test_a_test_can_say_which_address_a_name_gets(fake: Running, client: Client) -> None:
    fake.order(addresses={"door": "127.0.0.9"})
    assert ip(client).ip == "127.0.0.9"


def test_a_volume_outlives_its_server(client: Client) -> None:
    one = server(client)
    data = volume(client, server=one, format="ext4")
    assert (data.status, data.server.id, data.location.name) == ("available", one.id, "fsn1")
    assert data.linux_device == f"/dev/disk/by-id/scsi-0HC_Volume_{data.id}"
    assert [found.id for found in client.servers.get_by_id(one.id).volumes] == [data.id]
    with pytest.raises(APIException):
        data.delete()
    one.delete().wait_until_finished()
    data.reload()
    assert data.server is None
    data.delete()
    assert client.volumes.get_all() == []


def test_volumes_are_attached_where_they_are(client: Client) -> None:
    one, two = server(client), server(client, "two")
    data = volume(client)
    data.attach(one).wait_until_finished()
    with pytest.raises(APIException) as refusal:
        data.attach(two)
    assert refusal.value.code == "volume_already_attached"
    data.detach().wait_until_finished()
    data.attach(two).wait_until_finished()
    assert client.volumes.get_by_id(data.id).server.id == two.id
    with pytest.raises(APIException):
        volume(client, "away", location=Location(name="nbg1")).attach(one)
    with pytest.raises(APIException):
        volume(client).update(name="other")


def test_volumes_grow_and_are_protected(client: Client) -> None:
    data = volume(client)
    data.resize(20).wait_until_finished()
    assert client.volumes.get_by_id(data.id).size == 20
    for size in (20, 5, 10_241):
        with pytest.raises(APIException):
            data.resize(size)
    data.change_protection(delete=True).wait_until_finished()
    with pytest.raises(APIException) as refusal:
        data.delete()
    assert refusal.value.code == "protected"
    assert [found.id for found in client.volumes.get_all(status=["available"])] == [data.id]
