"""The stack's vSwitch, with its servers in it."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider

INPUTS = ("title", "vlan", "servers")


class RobotVSwitchProvider(RobotProvider):
    """The id is Robot's number of it. It is found by its title, so that a killed run leaves no second one."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(str(self._ensure(props)), {key: props[key] for key in INPUTS})

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        self._ensure(news)
        return UpdateResult({key: news[key] for key in INPUTS})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        with self.robot("stack") as robot:
            found = robot.found(f"/vswitch/{id_}")
        if not found or found["cancelled"]:
            return ReadResult("", {})
        there = sorted(one["server_number"] for one in found["server"] if one["status"] != "failed")
        servers = props["servers"] if there == sorted(map(int, props["servers"])) else there
        return ReadResult(id_, {"title": found["name"], "vlan": found["vlan"], "servers": servers})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=bool(changed(INPUTS, olds, news)))

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        from stacks.robot import vswitches

        with self.robot("stack") as robot:
            vswitches.remove(robot, int(id_))

    def _ensure(self, props: dict[str, Any]) -> int:
        from stacks.robot import vswitches

        with self.robot("stack") as robot:
            return vswitches.ensure(robot, props["title"], int(props["vlan"]), [int(one) for one in props["servers"]])


class RobotVSwitch(Resource, name="RobotVSwitch"):
    """servers: their numbers."""

    def __init__(self, title: str, vlan: int, servers: Sequence[pulumi.Input[int]]) -> None:
        properties = {"title": title, "vlan": vlan, "servers": list(servers)}
        super().__init__(RobotVSwitchProvider(), "vswitch", properties)
