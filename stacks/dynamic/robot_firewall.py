"""Robot's firewall in front of one server: ours as long as the stack is there, and then as it was before."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider

INPUTS = ("number", "rules")


class RobotFirewallProvider(RobotProvider):
    """`before` is what was there: status, whitelist and incoming rules."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks.robot import firewalls

        number = int(props["number"])
        with self.robot(f"server {number}") as robot:
            found = firewalls.settled(robot, number)
            before = {
                "status": found["status"],
                "rules": firewalls.incoming(found),
                "whitelist": found["whitelist_hos"],
            }
            if firewalls.same(before["rules"], props["rules"]):  # an earlier, killed run put them there
                before = {"status": "disabled", "rules": [], "whitelist": True}
            firewalls.put(robot, number, "active", props["rules"])
        return CreateResult(f"firewall-{number}", {**{key: props[key] for key in INPUTS}, "before": before})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from stacks.robot import firewalls

        with self.robot(f"server {int(news['number'])}") as robot:
            firewalls.put(robot, int(news["number"]), "active", news["rules"])
        return UpdateResult({**{key: news[key] for key in INPUTS}, "before": olds["before"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from stacks.robot import firewalls

        with self.robot(f"server {int(props['number'])}") as robot:
            if not robot.found(f"/server/{int(props['number'])}"):
                return ReadResult("", {})
            found = firewalls.settled(robot, int(props["number"]))
        rules = firewalls.incoming(found) if found["status"] == "active" else []
        return ReadResult(id_, props if firewalls.same(rules, props["rules"]) else {**props, "rules": rules})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = changed(("number",), olds, news)
        return DiffResult(changes=bool(changed(INPUTS, olds, news)), replaces=replaces, delete_before_replace=True)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from stacks.robot import firewalls

        before, number = props["before"], int(props["number"])
        with self.robot(f"server {number}") as robot:
            if robot.found(f"/server/{number}"):
                firewalls.put(robot, number, before["status"], before["rules"], before["whitelist"])


class RobotFirewall(Resource, name="RobotFirewall"):
    """rules: as stacks.robot.firewalls makes them."""

    def __init__(self, machine: str, number: pulumi.Input[int], rules: list[dict[str, str]]) -> None:
        properties = {"number": number, "rules": rules, "before": None}
        super().__init__(RobotFirewallProvider(), f"{machine}-firewall", properties)
