"""The stack's vSwitch: found by its name, so that a killed run leaves no second one."""

from collections.abc import Sequence
from typing import Any

from plan.errors import ProviderError
from stacks.robot.client import Robot
from stacks.robot.errors import RobotError

GONE = 404


def by_name(robot: Robot, name: str) -> list[int]:
    return [row["id"] for row in robot.get("/vswitch") or [] if row["name"] == name and not row["cancelled"]]


def ensure(robot: Robot, name: str, vlan: int, servers: Sequence[int]) -> int:
    """The vSwitch of that name and VLAN with these servers in it, and no others.

    A second one of the name, and one that could not be completed when it was made here, are removed.
    """
    before = by_name(robot, name)
    id_ = before[0] if before else int(robot.post("/vswitch", {"name": name, "vlan": vlan})["id"])
    try:
        for surplus in before[1:]:
            remove(robot, surplus)
        if robot.get(f"/vswitch/{id_}")["vlan"] != vlan:
            robot.post(f"/vswitch/{id_}", {"name": name, "vlan": vlan})
        set_servers(robot, id_, servers)
    except ProviderError:
        if not before:
            remove(robot, id_)
        raise
    return id_


def set_servers(robot: Robot, id_: int, servers: Sequence[int]) -> None:
    there = [one["server_number"] for one in settled(robot, id_)["server"]]
    path = f"/vswitch/{id_}/server"
    if surplus := [number for number in there if number not in servers]:
        robot.delete(path, {"server": surplus})
        settled(robot, id_)
    if missing := [number for number in servers if number not in there]:
        robot.post(path, {"server": missing})
    failed = [one["server_number"] for one in settled(robot, id_)["server"] if one["status"] == "failed"]
    if failed:
        todo = "take it out in Robot and run `pulumi up` again, or ask Hetzner's support"
        raise ProviderError(f"servers {', '.join(map(str, failed))} in the vSwitch", "failed", todo)


def settled(robot: Robot, id_: int) -> dict[str, Any]:
    """When none of its servers is being put in or taken out; the reference says `in process`, Robot `processing`."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = robot.get(f"/vswitch/{id_}")
        return None if any(one["status"] in ("in process", "processing") for one in found["server"]) else found

    found: dict[str, Any] = robot.until(f"vSwitch {id_} to be ready", look)
    return found


def remove(robot: Robot, id_: int) -> None:
    """It and nothing else; what is gone or cancelled already is done."""
    try:
        set_servers(robot, id_, [])
        robot.delete(f"/vswitch/{id_}", {"cancellation_date": "now"})
    except RobotError as error:
        if error.status != GONE and error.code != "CONFLICT":
            raise
