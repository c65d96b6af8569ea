"""Servers and what is done to them, through the official client."""

import json

import pytest
from hcloud import APIException, Client
from hcloud.images.domain import Image
from hcloud.isos.domain import Iso
from hcloud.locations.domain import Location
from hcloud.server_types.domain import ServerType
from hcloud.servers.domain import ServerCreatePublicNetwork
from hcloud.ssh_keys.domain import SSHKey

from tests.fakes.hcloud.running import Running
from tests.unit.fakes.hcloud.scene import FSN, public_key, server, stopped, wait


def test_a_server_starts_when_its_actions_have_finished(fake: Running, client: Client) -> None:
    key = client.ssh_keys.create(name="mine", public_key=public_key())
    made = client.servers.create(
        name="one",
        server_type=ServerType(name="cx23"),
        image=Image(name="debian-12"),
        ssh_keys=[key],
        user_data="#cloud-config\n",
        labels={"stack": "office"},
        location=FSN,
    )
    assert (made.server.status, made.root_password) == ("initializing", None)
    assert [action.command for action in [made.action, *made.next_actions]] == ["create_server", "start_server"]
    wait(made)
    [found] = client.servers.get_all(label_selector="stack=office")
    assert (found.status, found.location.name, found.image.name) == ("running", "fsn1", "debian-12")
    assert found.public_net.ipv4.ip.startswith("198.51.100.")
    assert found.public_net.ipv6.network_mask == "64"
    [kept] = json.loads((fake.folder / "books.json").read_text())["servers"].values()
    assert (kept["_user_data"], kept["_keys"]) == ("#cloud-config\n", [key.public_key])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"server_type": ServerType(name="gpu1")}, "not_found"),
        ({"image": Image(name="debian-7")}, "not_found"),
        ({"location": Location(name="mun1")}, "not_found"),
        ({"server_type": ServerType(name="cx43"), "location": Location(name="nbg1")}, "resource_unavailable"),
        ({"ssh_keys": [SSHKey(name="nobody")]}, "invalid_input"),
        ({"user_data": "x" * 32769}, "invalid_input"),
        ({"labels": {"a b": "c"}}, "invalid_input"),
        ({"public_net": ServerCreatePublicNetwork(enable_ipv4=False, enable_ipv6=False)}, "invalid_input"),
    ],
)
def test_servers_that_are_refused_leave_nothing(client: Client, more: dict[str, object], code: str) -> None:
    with pytest.raises(APIException) as refusal:
        server(client, **more)
    assert refusal.value.code == code
    assert client.servers.get_all() == []
    assert client.primary_ips.get_all() == []


def test_a_name_is_a_host_name_and_used_once(client: Client) -> None:
    server(client)
    for name, code in (("one", "uniqueness_error"), ("under_score", "invalid_input")):
        with pytest.raises(APIException) as refusal:
            server(client, name)
        assert refusal.value.code == code


def test_power(client: Client) -> None:
    one = server(client)
    for act, status in (("power_off", "off"), ("power_on", "running"), ("reboot", "running"), ("shutdown", "off")):
        getattr(one, act)().wait_until_finished()
        one.reload()
        assert one.status == status
    one.reset().wait_until_finished()
    assert [found.id for found in client.servers.get_all(status=["running"])] == [one.id]
    assert "reset_server" in [action.command for action in one.get_actions()]


def test_another_type_while_it_is_off(client: Client) -> None:
    one = server(client)
    with pytest.raises(APIException) as refusal:
        one.change_type(ServerType(name="cx33"), upgrade_disk=True)
    assert refusal.value.code == "server_not_stopped"
    one.power_off().wait_until_finished()
    one.change_type(ServerType(name="cx33"), upgrade_disk=True).wait_until_finished()
    one.reload()
    assert (one.server_type.name, one.primary_disk_size) == ("cx33", 80)
    for smaller in ("cx23", "cax11"):
        with pytest.raises(APIException):
            one.change_type(ServerType(name=smaller), upgrade_disk=False)


def test_delete_protection(client: Client) -> None:
    one = server(client)
    one.change_protection(delete=True, rebuild=True).wait_until_finished()
    for act in (one.delete, lambda: one.rebuild(Image(name="debian-13"))):
        with pytest.raises(APIException) as refusal:
            act()
        assert refusal.value.code == "protected"
    one.change_protection(delete=False, rebuild=False).wait_until_finished()
    one.rebuild(Image(name="debian-13")).action.wait_until_finished()
    assert client.servers.get_by_id(one.id).image.name == "debian-13"
    one.delete().wait_until_finished()
    with pytest.raises(APIException) as refusal:
        client.servers.get_by_id(one.id)
    assert refusal.value.code == "not_found"
    assert client.primary_ips.get_all() == []


def test_rescue_password_backups_and_isos(client: Client) -> None:
    one = server(client)
    rescue = one.enable_rescue("linux64")
    rescue.action.wait_until_finished()
    assert rescue.root_password
    assert client.servers.get_by_id(one.id).rescue_enabled
    one.disable_rescue().wait_until_finished()
    reset = one.reset_password()
    reset.action.wait_until_finished()
    assert reset.root_password
    one.enable_backup().wait_until_finished()
    one.reload()
    assert (one.rescue_enabled, one.backup_window) == (False, "22-02")
    one.disable_backup().wait_until_finished()
    assert client.servers.get_by_id(one.id).backup_window is None
    with pytest.raises(APIException):
        one.attach_iso(Iso(name="any"))


def test_names_in_the_dns(client: Client) -> None:
    one = server(client)
    assert one.public_net.ipv4.dns_ptr.startswith("static.")
    one.change_dns_ptr(one.public_net.ipv4.ip, "ki.example.org").wait_until_finished()
    one.change_dns_ptr(f"{one.public_net.ipv6.network}1", "ki6.example.org").wait_until_finished()
    one.reload()
    assert one.public_net.ipv4.dns_ptr == "ki.example.org"
    assert one.public_net.ipv6.dns_ptr[0]["dns_ptr"] == "ki6.example.org"
    one.change_dns_ptr(one.public_net.ipv4.ip, None).wait_until_finished()
    assert client.servers.get_by_id(one.id).public_net.ipv4.dns_ptr.startswith("static.")


def test_placement_groups(client: Client) -> None:
    group = client.placement_groups.create(name="apart", type="spread", labels={"a": "b"}).placement_group
    first = server(client, "first", placement_group=group)
    second = stopped(client, "second")
    second.add_to_placement_group(group).wait_until_finished()
    assert client.placement_groups.get_by_name("apart").servers == [first.id, second.id]
    assert client.servers.get_by_id(first.id).placement_group.id == group.id
    second.remove_from_placement_group().wait_until_finished()
    for number in range(9):
        server(client, f"more-{number}", placement_group=group)
    with pytest.raises(APIException) as refusal:
        server(client, "eleventh", placement_group=group)
    assert refusal.value.code == "placement_error"
    group.update(name="spread")
    group.delete()
    assert client.servers.get_by_id(first.id).placement_group is None


def test_ssh_keys(client: Client) -> None:
    text = public_key()
    key = client.ssh_keys.create(name="mine", public_key=text, labels={"a": "b"})
    assert client.ssh_keys.get_by_fingerprint(key.fingerprint).id == key.id
    assert len(key.fingerprint.split(":")) == 16
    for name, other, field in (("again", text, "public_key"), ("mine", public_key(), "name")):
        with pytest.raises(APIException) as refusal:
            client.ssh_keys.create(name=name, public_key=other)
        assert (refusal.value.code, refusal.value.details["fields"][0]["name"]) == ("uniqueness_error", field)
    with pytest.raises(APIException):
        client.ssh_keys.create(name="odd", public_key="ssh-ed25519 AAAA")
    assert key.update(name="ours").name == "ours"
    key.delete()
    assert client.ssh_keys.get_all() == []
