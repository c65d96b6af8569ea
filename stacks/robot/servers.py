"""What Robot says of a server, and whether we may have it."""

from typing import Any

from plan.errors import PlanError, ProviderError
from stacks.robot.client import Robot

# A data centre is called FSN1-DC14: by its beginning, since the provider's name says nothing about the country.
GERMAN = ("FSN", "NBG")


def seen(robot: Robot, number: int) -> dict[str, Any]:
    """The server, when nothing is in process with it any more."""

    def ready() -> dict[str, Any] | None:
        found: dict[str, Any] = robot.get(f"/server/{number}")["server"]
        return found if found["status"] == "ready" else None

    found: dict[str, Any] = robot.until(f"server {number} to be ready", ready)
    return found


def refuse(found: dict[str, Any], leaves_germany: bool) -> None:
    """Raise for a server that must not be used, before anything on it changes."""
    number, dc = found["server_number"], str(found["dc"])
    if not dc.upper().startswith(GERMAN) and not leaves_germany:
        raise PlanError(
            f"server {number} in Germany (data centre {' or '.join(GERMAN)})",
            dc,
            "use another server; or, if data, prompts and answers may leave Germany, write `leaves_germany: true`",
        )
    if found["cancelled"]:
        todo = "take the cancellation back in Robot, or use another server"
        raise ProviderError(f"server {number} that stays", f"it is cancelled, paid until {found['paid_until']}", todo)
    if not found["server_ip"]:
        todo = "order a primary IPv4 address for it in Robot"
        raise ProviderError(f"server {number} with an IPv4 address", "only IPv6", todo)
