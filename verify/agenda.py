"""Who is asked what, and in which order: checks and a plan become runs in waves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from plan.machine import Handover, Machine
from plan.plan import Model, Part
from verify.check import Check, Stage

# What a stage asks. A higher one asks for more, but for `preflight`, which looks at bare machines.
STAGES: dict[Stage, tuple[Stage, ...]] = {
    "preflight": ("preflight",),
    "watch": ("watch",),
    "full": ("watch", "full"),
    "disruptive": ("watch", "full", "disruptive"),
}
DISTURBANCES = ("nobody", "machine", "stack")


@dataclass(frozen=True)
class Run:
    """One check, about one machine; for a model, the machine is the gateway."""

    check: Check
    machine: Machine
    model: Model | None = None


def selected(checks: Iterable[Check], stage: Stage, parts: Sequence[Part] = ()) -> list[Check]:
    """The checks of a stage that judge one of the parts; all parts if none is named."""
    return [c for c in checks if c.stage in STAGES[stage] and (not parts or set(parts) & set(c.parts))]


def waves(checks: Sequence[Check], handover: Handover, machines: Sequence[str] | None = None) -> Iterator[list[Run]]:
    """Runs that may go on at the same time, wave after wave; about these machines, else about all.

    A check comes after those it needs; what disturbs comes after what does not, and disruptive checks
    come last. A wave of checks that disturb the whole stack has one run.
    """
    depths = depths_of(checks)

    def place(check: Check) -> tuple[bool, int, int, str]:
        alone = check.name if check.disturbs == "stack" else ""
        return check.stage == "disruptive", depths[check.name], DISTURBANCES.index(check.disturbs), alone

    for _, together in groupby(sorted(checks, key=place), key=place):
        runs = [run for check in together for run in runs_of(check, handover)]
        runs = [run for run in runs if machines is None or run.machine.name in machines]
        if runs and runs[0].check.disturbs == "stack":
            yield from ([run] for run in runs)
        elif runs:
            yield runs


def depths_of(checks: Sequence[Check]) -> dict[str, int]:
    """How many checks have to come before each, one after the other."""
    needs = {check.name: [need for need in check.needs if any(need == c.name for c in checks)] for check in checks}

    def depth(name: str, seen: frozenset[str] = frozenset()) -> int:
        if name in seen:
            raise ValueError(f"checks need each other: {', '.join(sorted(seen))}")
        return 1 + max((depth(need, seen | {name}) for need in needs[name]), default=-1)

    return {name: depth(name) for name in needs}


def runs_of(check: Check, handover: Handover) -> list[Run]:
    if check.subject == "model":
        return [Run(check, handover.gateway, model) for model in handover.plan.models]
    if check.subject == "machine":
        return [Run(check, machine) for machine in handover.machines]
    return [Run(check, machine) for machine in handover.with_role(check.subject)]
