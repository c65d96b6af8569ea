"""Firewalls, applied to servers and to labels, through the official client."""

from typing import Any

import httpx
import pytest
from hcloud import APIException, Client
from hcloud.firewalls.domain import FirewallResource, FirewallResourceLabelSelector, FirewallRule

from tests.fakes.hcloud.running import Running
from tests.unit.fakes.hcloud.scene import server, ssh_rule


def by_label(selector: str) -> FirewallResource:
    return FirewallResource(type="label_selector", label_selector=FirewallResourceLabelSelector(selector))


def done(actions: list[Any]) -> None:
    for action in actions:
        action.wait_until_finished()


def test_a_firewall_is_applied_and_taken_away(client: Client) -> None:
    made = client.firewalls.create(name="door", rules=[ssh_rule()], labels={"a": "b"})
    done(made.actions)
    wall = made.firewall
    one = server(client, firewalls=[wall])
    assert [(found.firewall.id, found.status) for found in one.public_net.firewalls] == [(wall.id, "applied")]
    with pytest.raises(APIException) as refusal:
        wall.delete()
    assert refusal.value.code == "resource_in_use"
    target = [FirewallResource(type="server", server=one)]
    with pytest.raises(APIException) as refusal:
        wall.apply_to_resources(target)
    assert refusal.value.code == "firewall_already_applied"
    done(wall.remove_from_resources(target))
    with pytest.raises(APIException) as refusal:
        wall.remove_from_resources(target)
    assert refusal.value.code == "firewall_already_removed"
    wall.delete()
    assert client.firewalls.get_all() == []


def test_a_firewall_follows_labels(client: Client) -> None:
    one, _ = server(client, labels={"role": "edge"}), server(client, "two")
    wall = client.firewalls.create(name="door", resources=[by_label("role=edge")]).firewall
    wall.reload()
    assert [found.server.id for found in wall.applied_to[0].applied_to_resources] == [one.id]
    assert [found.firewall.id for found in client.servers.get_by_id(one.id).public_net.firewalls] == [wall.id]


def test_a_server_that_ends_leaves_its_firewall(client: Client) -> None:
    wall = client.firewalls.create(name="door").firewall
    one = server(client, firewalls=[wall])
    one.delete().wait_until_finished()
    wall.reload()
    assert wall.applied_to == []


def test_rules_are_replaced_as_a_whole(client: Client) -> None:
    wall = client.firewalls.create(name="door", rules=[ssh_rule()]).firewall
    for action in client.firewalls.actions.get_all():
        action.wait_until_finished()
    out = FirewallRule(direction="out", protocol="udp", port="53", destination_ips=["192.0.2.0/24"], description="dns")
    ping = FirewallRule(direction="in", protocol="icmp", source_ips=["::/0"])
    done(wall.set_rules([out, ping]))
    wall.reload()
    assert [(rule.direction, rule.protocol, rule.port) for rule in wall.rules] == [
        ("out", "udp", "53"),
        ("in", "icmp", None),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        {"direction": "in", "protocol": "tcp", "source_ips": ["::/0"]},
        {"direction": "in", "protocol": "icmp", "port": "1", "source_ips": ["::/0"]},
        {"direction": "in", "protocol": "tcp", "port": "22"},
        {"direction": "in", "protocol": "tcp", "port": "70000", "source_ips": ["::/0"]},
        {"direction": "in", "protocol": "tcp", "port": "22", "source_ips": ["192.0.2.1/24"]},
        {"direction": "up", "protocol": "tcp", "port": "22", "source_ips": ["::/0"]},
        {"direction": "in", "protocol": "smtp", "port": "22", "source_ips": ["::/0"]},
    ],
)
def test_rules_that_are_none(fake: Running, rule: dict[str, object]) -> None:
    body = {"name": "door", "rules": [rule]}
    answer = httpx.post(f"{fake.endpoint}/firewalls", json=body, headers={"Authorization": "Bearer x"})
    assert answer.json()["error"]["code"] == "invalid_input"
