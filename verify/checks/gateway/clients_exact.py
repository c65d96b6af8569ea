"""Who else has a key?"""

from hashlib import sha256

from pydantic import BaseModel, ValidationError

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

SOCKET = "/run/caddy/admin.sock"


class Door(BaseModel):
    """keys: sha256 of the header that is let in -> the client it stands for. default: who everybody else is."""

    keys: dict[str, str]
    patterns: int
    default: str


class Doors(BaseModel):
    doors: list[Door]


@check(
    stage="watch",
    part=("gateway", "clients"),
    severity="critical",
    subject="gateway",
    source="the plan's clients: another environment's key, or one taken back, opens nothing",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def clients_exact(target: Target) -> Finding:
    """The running gateway lets in the planned clients' keys and no others."""
    measured = target.host.probe("gateway_keys", {"socket": SOCKET}, root=True)
    try:
        doors = Doors.model_validate(measured).doors
    except ValidationError:
        raise CouldNotTell("the gateway's keys", "another object", "run probes/gateway_keys.py there") from None
    keys = target.handover.secrets.clients
    planned = {sha256(f"Bearer {keys[c.name]}".encode()).hexdigest(): c.name for c in target.plan.clients}
    if flaws := sorted({flaw for door in doors for flaw in flaws_of(door, planned)}):
        todo = "compare /etc/caddy/clients.caddy with `eigenherd client`; `eigenherd up` writes it exactly"
        return failed("the planned clients' keys and no others", "; ".join(flaws), todo)
    if not doors:
        return failed("a gateway that asks for a key", "no list of keys", "compare the Caddyfile with templates/")
    return passed(f"keys: {len(planned)}, no others", "the plan's clients")


def flaws_of(door: Door, planned: dict[str, str]) -> list[str]:
    return [
        *(f"a key that is not planned, for {door.keys[key]}" for key in door.keys.keys() - planned.keys()),
        *(f"no key of {planned[key]}" for key in planned.keys() - door.keys.keys()),
        *(
            f"{planned[key]}'s key is {door.keys[key]}'s"
            for key in planned
            if door.keys.get(key, planned[key]) != planned[key]
        ),
        *(["a pattern instead of keys"] if door.patterns else []),
        *([f"everybody is {door.default}"] if door.default else []),
    ]
