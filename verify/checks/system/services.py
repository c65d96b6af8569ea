"""The units that carry a stack."""

from plan.plan import MachinePlan
from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="watch",
    part=("system", "engine", "gateway"),
    severity="critical",
    source="the plan: what must come back after a reboot without a hand",
)
def services(target: Target) -> Finding:
    """Engine, gateway and firewall units are enabled and active."""
    units = planned_units(target.planned)
    output = target.host.run(f"systemctl show -p Id,ActiveState,SubState,UnitFileState,NRestarts {' '.join(units)}")
    states = parse(output.stdout)
    wrong = {
        unit: f"{state.get('ActiveState', 'unknown')}, {state.get('UnitFileState') or 'not enabled'}"
        for unit in units
        if not holds(state := states.get(unit, {}))
    }
    if wrong:
        return failed(
            "enabled and active",
            "; ".join(f"{unit}: {state}" for unit, state in wrong.items()),
            f"on {target.machine.name}: systemctl status {next(iter(wrong))}",
            states=wrong,
        )
    restarts = sum(int(state.get("NRestarts") or 0) for state in states.values())
    return passed(f"{', '.join(unit.removesuffix('.service') for unit in units)}; {restarts} restarts", "active")


def planned_units(planned: MachinePlan) -> list[str]:
    return [
        *(["eigenherd-engine.service"] if "engine" in planned.roles else []),
        *(["caddy.service"] if "gateway" in planned.roles else []),
        "eigenherd-firewall.service",
    ]


def parse(text: str) -> dict[str, dict[str, str]]:
    """Blocks of `Key=value`, one block a unit, by the unit's name."""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def holds(state: dict[str, str]) -> bool:
    return state.get("ActiveState") == "active" and state.get("UnitFileState") == "enabled"
