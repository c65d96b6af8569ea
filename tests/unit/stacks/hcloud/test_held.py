"""The measure itself: what pulumi-hcloud would not take is found."""

from typing import Any

import pytest

from tests.unit.stacks.hcloud.held import wrong

SERVER = "hcloud:index/server:Server"
RULE = {"direction": "in", "protocol": "tcp", "port": "22", "sourceIps": ["::/0"]}


@pytest.mark.parametrize(
    ("type_", "inputs", "said"),
    [
        (SERVER, {"serverType": "cx33", "sshKey": ["1"]}, "no argument `sshKey`"),
        (SERVER, {"name": "one"}, "`serverType` is required"),
        (SERVER, {"serverType": "cx33", "firewallIds": ["7"]}, "firewallIds[0]: int"),
        (SERVER, {"serverType": "cx33", "sshKeys": [7]}, "sshKeys[0]: str"),
        (SERVER, {"serverType": "cx33", "networks": [{"networkId": 1, "adress": "x"}]}, "no argument `adress`"),
        (SERVER, {"serverType": "cx33", "labels": {"a": 1}}, "labels.a: str"),
        (SERVER, {"serverType": "cx33", "backups": "yes"}, "backups: bool"),
        ("hcloud:index/firewall:Firewall", {"rules": [{**RULE, "port": 22}]}, "rules[0].port: str"),
        ("hcloud:index/firewall:Firewall", {"rules": [{"protocol": "tcp"}]}, "`direction` is required"),
        ("hcloud:index/networkSubnet:NetworkSubnet", {"networkId": 1.5}, "networkId: int"),
    ],
)
def test_a_wrong_argument_is_found(type_: str, inputs: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in wrong(type_, inputs)), wrong(type_, inputs)


def test_right_arguments_pass() -> None:
    assert not wrong(SERVER, {"serverType": "cx33", "firewallIds": [7.0], "networks": [{"networkId": 1}]})
    assert not wrong("hcloud:index/firewall:Firewall", {"rules": [RULE]})
