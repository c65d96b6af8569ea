"""What a server has around it in Robot: key, vSwitch, firewall, name, rescue system, cancellation."""

from typing import Any

import pytest

from plan.errors import PlanError, ProviderError
from stacks.dynamic.robot import RobotProvider
from stacks.dynamic.robot_firewall import RobotFirewallProvider
from stacks.dynamic.robot_key import RobotKeyProvider
from stacks.dynamic.robot_ptr import RobotPtrProvider
from stacks.dynamic.robot_vswitch import RobotVSwitchProvider
from stacks.robot import account, cancellation, client, fingerprint, firewalls, rescue, servers, shell, vswitches
from stacks.robot.client import Robot
from stacks.robot.errors import RobotError
from tests.fakes.robot.calls import servers as books_of_servers
from tests.fakes.robot.fixtures import KEY, PASSWORD
from tests.fakes.robot.server import Fake

IP = "198.51.100.7"
DOORS = [("ssh", "22", ("203.0.113.0/29", "fd00::/8")), ("gateway", "443", ("203.0.113.0/29",))]


@pytest.fixture(autouse=True)
def at_once(fake: Fake, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "Patience", lambda: patience(waits))
    setting = {account.USER: "#ws+test", account.PASSWORD: PASSWORD, account.URL: fake.url}.get
    monkeypatch.setattr(RobotProvider, "_setting", staticmethod(setting), raising=False)


def patience(waits: list[float], kind: Any = client.Patience) -> Any:
    return kind(whole_s=30, step_s=5, sleep=waits.append)


def test_a_key_is_taken_when_it_is_there_and_only_ours_is_removed(fake: Fake, robot: Robot) -> None:
    provider, props = RobotKeyProvider(), {"public": KEY, "title": "eigenherd-rented"}
    made = provider.create(props)
    assert made.id == fingerprint.md5(KEY) and provider.create(props).id == made.id
    assert provider.read(made.id, props).id == made.id
    provider.delete(made.id, props)
    assert fake.books["keys"] == {} and provider.read(made.id, props).id == ""
    provider.delete(made.id, props)
    robot.post("/key", {"name": "anna", "data": KEY})
    provider.delete(provider.create(props).id or "", props)
    assert len(fake.books["keys"]) == 1


def test_a_vswitch_is_found_by_its_name_filled_and_emptied(fake: Fake) -> None:
    books_of_servers.new(fake.books, 322, "198.51.100.8", "GEX131", "FSN1-DC14")
    provider, props = RobotVSwitchProvider(), {"title": "eigenherd-rented", "vlan": 4000, "servers": [321, 322]}
    made = provider.create(props)
    assert made.id and provider.create(props).id == made.id and len(fake.books["vswitches"]) == 1
    assert provider.read(made.id, props).outs == props
    provider.update(made.id, props, {**props, "servers": [322], "vlan": 4001})
    [switch] = fake.books["vswitches"].values()
    assert [one["server_number"] for one in switch["server"]] == [322] and switch["vlan"] == 4001
    assert (provider.read(made.id, props).outs or {})["servers"] == [322]
    provider.delete(made.id, props)
    assert fake.books["vswitches"] == {} and provider.read(made.id, props).id == ""
    provider.delete(made.id, props)


def test_a_vswitch_that_cannot_be_completed_leaves_nothing(fake: Fake, robot: Robot) -> None:
    fake.books["servers"]["321"]["_vswitch"] = False
    with pytest.raises(RobotError, match="leave `vlan` out"):
        vswitches.ensure(robot, "eigenherd-rented", 4000, [321])
    assert fake.books["vswitches"] == {}


def test_a_second_vswitch_of_the_name_is_removed(fake: Fake, robot: Robot) -> None:
    for _ in range(2):
        robot.post("/vswitch", {"name": "eigenherd-rented", "vlan": 4000})
    vswitches.ensure(robot, "eigenherd-rented", 4000, [321])
    assert len(fake.books["vswitches"]) == 1


def test_a_firewall_is_ours_and_then_what_it_was(fake: Fake, robot: Robot) -> None:
    before = [firewalls.accept("theirs", protocol="tcp", dst_port="22", src_ip="192.0.2.1")]
    firewalls.put(robot, 321, "active", before)
    props: dict[str, Any] = {"number": 321, "rules": firewalls.rules(DOORS, False)}
    provider = RobotFirewallProvider()
    made = provider.create(props)
    assert made.outs
    wall = fake.books["firewalls"]["321"]
    assert wall["status"] == "active" and firewalls.same(wall["rules"]["input"], props["rules"])
    assert [rule["name"] for rule in wall["rules"]["output"]] == ["Block mail ports"]
    assert provider.read("x", made.outs).outs == made.outs
    wall["rules"]["input"].pop()
    assert provider.diff("x", provider.read("x", made.outs).outs or {}, props).changes
    provider.delete("x", made.outs)
    assert firewalls.same(fake.books["firewalls"]["321"]["rules"]["input"], before)


def test_a_firewall_that_was_off_is_off_again(fake: Fake) -> None:
    provider, props = RobotFirewallProvider(), {"number": 321, "rules": firewalls.rules(DOORS, True)}
    provider.create(props)
    provider.delete("x", provider.create(props).outs or {})
    wall = fake.books["firewalls"]["321"]
    wall.pop("_polls", None)
    assert wall["status"] == "disabled" and wall["rules"]["input"] == []


def test_rules_name_networks_while_there_is_room() -> None:
    few = firewalls.rules(DOORS, False)
    assert [rule.get("src_ip") for rule in few] == [None, None, None, "203.0.113.0/29", "203.0.113.0/29"]
    many = firewalls.rules([("ssh", "22", [f"203.0.113.{n}/32" for n in range(9)])], True)
    assert len(many) <= firewalls.MOST and many[-1] == firewalls.accept("ssh", protocol="tcp", dst_port="22")


@pytest.mark.parametrize("before", [None, "old.example.org"])
def test_a_name_is_ours_and_then_what_it_was(fake: Fake, before: str | None) -> None:
    if before:
        fake.books["rdns"][IP] = before
    provider = RobotPtrProvider()
    made = provider.create({"ip": IP, "ptr": "ki.example.org"})
    assert made.outs and fake.books["rdns"][IP] == "ki.example.org"
    fake.books["rdns"][IP] = "third.example.org"
    assert provider.diff(IP, provider.read(IP, made.outs).outs or {}, made.outs).changes
    provider.delete(IP, made.outs)
    assert fake.books["rdns"][IP] == "third.example.org"
    provider.update(IP, made.outs, made.outs)
    provider.delete(IP, made.outs)
    assert fake.books["rdns"].get(IP) == before


def test_a_rescue_system_opens_with_our_key_alone(fake: Fake, robot: Robot) -> None:
    robot.post("/key", {"name": "x", "data": KEY})
    for _ in range(2):  # what a killed run activated is taken back
        made = rescue.activate(robot, 321, fingerprint.md5(KEY))
        assert made["password"] is None and made["host_key"]
    fake.books["servers"]["321"]["_reset_types"] = ["man", "sw"]
    rescue.reset(robot, 321)
    assert [one["type"] for one in fake.books["resets"]] == ["sw"]
    fake.books["servers"]["321"]["_reset_types"] = ["man", "power"]
    with pytest.raises(ProviderError, match="we call no technician"):
        rescue.reset(robot, 321)


def test_nothing_is_trusted_that_robot_does_not_name(robot: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "key_there", lambda address: [KEY])
    monkeypatch.setattr(rescue, "BOOT_S", 20)
    other = {"host_key": [{"key": {"fingerprint": "00:" * 15 + "00"}}]}
    with pytest.raises(ProviderError, match="with the host key that Robot names"):
        rescue.host_key(robot, 321, IP, other)
    named = {"host_key": [{"key": {"fingerprint": fingerprint.sha256(KEY)}}]}
    assert rescue.host_key(robot, 321, IP, named) == KEY


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"dc": "HEL1-DC2"}, PlanError, "leaves_germany: true"),
        ({"dc": "NBG2"}, None, ""),
        ({"cancelled": True}, ProviderError, "it is cancelled"),
        ({"server_ip": None}, ProviderError, "only IPv6"),
    ],
)
def test_a_server_that_must_not_be_used_is_refused(
    fake: Fake, robot: Robot, change: dict[str, Any], kind: type[Exception] | None, said: str
) -> None:
    fake.books["servers"]["321"] |= change
    found = servers.seen(robot, 321)
    if kind is None:
        servers.refuse(found, leaves_germany=False)
        return
    with pytest.raises(kind, match=said):
        servers.refuse(found, leaves_germany=False)
    if "dc" in change:
        servers.refuse(found, leaves_germany=True)


def test_a_cancellation_is_for_the_earliest_date_and_only_once(fake: Fake, robot: Robot) -> None:
    fake.books["servers"]["321"]["_reservation"] = True
    date = cancellation.cancel(robot, 321)
    assert fake.books["servers"]["321"]["_cancellation"] == {"date": date, "reason": None, "reserved": False}
    assert cancellation.cancel(robot, 321) == date
