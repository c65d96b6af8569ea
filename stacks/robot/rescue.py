"""The rescue system: activated with the stack's key alone, booted by a reset, and known by the host key Robot names."""

from contextlib import suppress
from typing import Any

from plan.errors import ProviderError
from stacks.robot import fingerprint, shell
from stacks.robot.client import Robot

BOOT_S = 900  # a server with much memory tests it for minutes
RESETS = ("hw", "sw")  # `man` is a technician's errand, and `power` only switches off or on


def activate(robot: Robot, number: int, key: str) -> dict[str, Any]:
    """For the next boot. key: the fingerprint of the one key that opens it, so that it has no password.

    What is activated already may be for another key, or somebody else's plan: it is taken back first.
    """
    before = robot.get(f"/boot/{number}")["boot"]
    if any(before[kind] and before[kind].get("active") for kind in ("vnc", "windows", "plesk", "cpanel")):
        raise ProviderError(
            f"no installation activated for server {number}", "one is", "deactivate it in Robot, then `pulumi up` again"
        )
    for kind in ("rescue", "linux"):
        if before[kind] and before[kind].get("active"):
            robot.delete(f"/boot/{number}/{kind}")
    made: dict[str, Any] = robot.post(f"/boot/{number}/rescue", {"os": "linux", "authorized_key": [key]})["rescue"]
    return made


def take_back(robot: Robot, number: int) -> None:
    """So that no later reboot ends in a rescue system; the error that led here is the one to be read."""
    with suppress(ProviderError):
        if robot.get(f"/boot/{number}/rescue")["rescue"]["active"]:
            robot.delete(f"/boot/{number}/rescue")


def reset(robot: Robot, number: int) -> None:
    """As with the server's button."""
    offered = robot.get(f"/reset/{number}")["reset"]["type"]
    kind = next((kind for kind in RESETS if kind in offered), None)
    if kind is None:
        todo = "ask Hetzner's support for the server; we call no technician"
        raise ProviderError(f"server {number} to have a reset of {' or '.join(RESETS)}", ", ".join(offered), todo)
    robot.post(f"/reset/{number}", {"type": kind})


def host_key(robot: Robot, number: int, address: str, activated: dict[str, Any]) -> str:
    """Wait for the rescue system and return its public host key, which has a fingerprint that Robot names.

    Robot may name it at the activation or when the system has booted; without its word nothing is trusted.
    """

    def named() -> list[str]:
        told = activated["host_key"]
        if not told and (last := robot.found(f"/boot/{number}/rescue/last")):
            told = last["rescue"]["host_key"]
        return [entry["key"]["fingerprint"] for entry in told]

    def look() -> str | None:
        there = shell.key_there(address)
        if not there:
            return None
        wanted = named()
        return next((key for key in there if any(fingerprint.is_of(one, key) for one in wanted)), None)

    what = f"the rescue system of server {number} at {address} port 22, with the host key that Robot names"
    found: str = robot.until(what, look, BOOT_S)
    return found
