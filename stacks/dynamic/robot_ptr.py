"""The name that a server's IPv4 address leads back to (reverse DNS)."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider


class RobotPtrProvider(RobotProvider):
    """`before` is the name it had; it has it again afterwards, unless somebody gave it a third one."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        with self.robot("stack") as robot:
            before = (robot.found(f"/rdns/{props['ip']}") or {"rdns": {"ptr": None}})["rdns"]["ptr"]
            robot.post(f"/rdns/{props['ip']}", {"ptr": props["ptr"]})
        return CreateResult(props["ip"], {**props, "before": "" if before == props["ptr"] else before or ""})

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        with self.robot("stack") as robot:
            robot.post(f"/rdns/{id_}", {"ptr": news["ptr"]})
        return UpdateResult({"ip": id_, "ptr": news["ptr"], "before": olds["before"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        with self.robot("stack") as robot:
            found = robot.found(f"/rdns/{id_}")
        return ReadResult(id_, {**props, "ptr": (found or {"rdns": {"ptr": None}})["rdns"]["ptr"] or ""})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = changed(("ip",), olds, news)
        return DiffResult(changes=bool(changed(("ip", "ptr"), olds, news)), replaces=replaces)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        with self.robot("stack") as robot:
            found = robot.found(f"/rdns/{id_}")
            if not found or found["rdns"]["ptr"] != props["ptr"]:
                return
            if props["before"]:
                robot.post(f"/rdns/{id_}", {"ptr": props["before"]})
            else:
                robot.delete(f"/rdns/{id_}")


class RobotPtr(Resource, name="RobotPtr"):
    """ip: the server's IPv4 address. ptr: a full DNS name."""

    def __init__(self, machine: str, ip: pulumi.Input[str], ptr: str) -> None:
        super().__init__(RobotPtrProvider(), f"{machine}-ptr", {"ip": ip, "ptr": ptr, "before": None})
