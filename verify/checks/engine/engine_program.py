"""Is it the engine that answers, or something in its place?"""

from pydantic import BaseModel, ValidationError

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.processes import UNIT
from verify.target import Target


class Owner(BaseModel):
    """planned: the machine code that it, or what it started, runs out of the planned folder."""

    pid: str
    name: str
    in_unit: bool
    planned: list[str]


class Owners(BaseModel):
    owners: list[Owner]


@check(
    stage="watch",
    part=("engine", "models"),
    severity="critical",
    subject="engine",
    source="the plan's engine and version: answers alone do not show who gives them",
)
def engine_program(target: Target) -> Finding:
    """What listens on the engine's port belongs to the engine's unit and runs the planned engine's code."""
    engine = target.plan.engine
    name = engine.python.name if engine.python and not engine.archive else f"{engine.name}-{engine.version}"
    params = {"port": engine.port, "unit": UNIT, "folder": f"/opt/eigenherd/{name}"}
    measured = target.host.probe("port_owner", params, root=True)
    try:
        owners = Owners.model_validate(measured).owners
    except ValidationError:
        raise CouldNotTell("who listens", str(measured)[:200], "run probes/port_owner.py on the machine") from None
    wanted = f"{engine.name} {engine.version} of {UNIT} on port {engine.port}"
    flaws = [
        *(f"{owner.name} is not of the unit" for owner in owners if not owner.in_unit),
        *(f"{owner.name} runs nothing of {params['folder']}" for owner in owners if not owner.planned),
    ]
    if flaws or not owners:
        todo = f"look at `ss -ltnp` and `systemctl cat {UNIT}`, then run `eigenherd up` again"
        return failed(wanted, "; ".join(flaws) or "nobody listens", todo)
    files = sorted({path.rsplit("/", 1)[-1] for owner in owners for path in owner.planned})
    return passed(f"{', '.join(owner.name for owner in owners)} with {', '.join(files[:3])}", wanted)
