"""The stack's public SSH key in Robot, for rescue systems and orders."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider

IDENTITY = ("public", "title")


class RobotKeyProvider(RobotProvider):
    """The id is Robot's: its fingerprint. A key that is there already is taken, and not removed in the end."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks.robot import fingerprint

        found, path = fingerprint.md5(props["public"]), f"/key/{fingerprint.md5(props['public'])}"
        with self.robot("stack") as robot:
            if robot.found(path) is None:
                robot.post("/key", {"name": props["title"], "data": props["public"].strip()})
        return CreateResult(found, {**{key: props[key] for key in IDENTITY}, "fingerprint": found})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        with self.robot("stack") as robot:
            return ReadResult(id_, props) if robot.found(f"/key/{id_}") else ReadResult("", {})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = changed(IDENTITY, olds, news)
        return DiffResult(changes=bool(replaces), replaces=replaces, delete_before_replace=True)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        with self.robot("stack") as robot:
            found = robot.found(f"/key/{id_}")
            if found and found["key"]["name"] == props["title"]:
                robot.delete(f"/key/{id_}")


class RobotKey(Resource, name="RobotKey"):
    """title: what Robot shows; ours carry the stack's name."""

    fingerprint: pulumi.Output[str]

    def __init__(self, title: str, public: pulumi.Input[str]) -> None:
        super().__init__(RobotKeyProvider(), "robot-key", {"public": public, "title": title, "fingerprint": None})
