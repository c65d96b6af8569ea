"""The processes of the engine's unit, as `probes/unit_processes.py` finds them."""

import time

from pydantic import BaseModel, ValidationError

from verify.check import CouldNotTell
from verify.target import Target

UNIT = "eigenherd-engine.service"


class Process(BaseModel):
    pid: str
    uid: int
    user: str


class Account(BaseModel):
    shell: str
    locked: bool


class UnitProcesses(BaseModel):
    processes: list[Process]
    account: Account | None


def unit_processes(target: Target) -> UnitProcesses:
    # The time makes it another question each time: engines start processes as they load models.
    asked = {"unit": UNIT, "user": target.plan.engine.user, "asked": time.time()}
    measured = target.host.probe("unit_processes", asked, root=True)
    try:
        return UnitProcesses.model_validate(measured | {"account": measured.get("account") or None})
    except ValidationError:
        raise CouldNotTell("the processes of a unit", str(measured)[:200], f"systemctl status {UNIT}") from None
