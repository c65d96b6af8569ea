"""The machine's own word on its cards, compared with what is seen from here."""

from datetime import datetime, timedelta

from pydantic import BaseModel, TypeAdapter, ValidationError

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.checks.system.services import holds, parse
from verify.nvidia import cards
from verify.target import Target

STATE = "/run/eigenherd-gpu/gate.json"
ASK = f"date -u +%Y-%m-%dT%H:%M:%SZ; cat {STATE}"
GATE = "eigenherd-gpu-gate.service"
WATCHES = ("eigenherd-gpu-watch.timer", "eigenherd-gpu-watch.path")
# It looks every minute, and takes up to three where a driver hangs.
OLDEST = timedelta(minutes=5)
MOMENT = TypeAdapter(datetime)


class State(BaseModel):
    """What the gate left behind. at: when it looked last."""

    ok: bool
    reason: str
    at: datetime
    driver: str
    cards: list[str]
    cuda: str
    simulated: bool


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="Ollama issue 16310 and others: silent fallback to the CPU; the engine's unit requires the gate",
)
def gpu_gate(target: Target) -> Finding:
    """The gate before the engine is open, looks again every minute, and sees the cards that nvidia-smi lists."""
    output = target.host.run(ASK)
    now, _, text = output.stdout.partition("\n")
    try:
        state = State.model_validate_json(text)
        age = MOMENT.validate_python(now.strip()) - state.at
    except (ValidationError, TypeError):
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell(f"the gate's state in {STATE}", said, f"systemctl start {GATE}") from None
    if not state.ok:
        return failed(
            "an open gate", f"closed: {state.reason}", f"mend that; the engine starts then: journalctl -u {GATE}"
        )
    units = parse(target.host.run(f"systemctl show -p Id,ActiveState,UnitFileState {' '.join(WATCHES)}").stdout)
    asleep = [unit for unit in WATCHES if not holds(units.get(unit, {}))]
    if asleep:
        return failed("enabled and active", f"not {', '.join(asleep)}", f"systemctl enable --now {' '.join(asleep)}")
    if age > OLDEST:
        return failed(f"a look within {OLDEST}", f"the last was {age} ago", f"systemctl status {' '.join(WATCHES)}")
    seen = cards(target.host, "index", "name", "driver_version")
    listed = sorted(f"{card['name']} {card['driver_version']}" for card in seen)
    if listed != (known := sorted(f"{name} {state.driver}" for name in state.cards)):
        return failed(", ".join(listed), f"the gate sees {', '.join(known) or 'none'}", f"systemctl start {GATE}")
    planned = target.planned.gpu
    if planned and state.simulated != planned.simulated:
        return failed("a gate for the planned card", "one for a simulated card", "run `eigenherd up` again")
    return passed(f"open, looked {age.total_seconds():.0f} s ago; CUDA {state.cuda}", ", ".join(listed))
