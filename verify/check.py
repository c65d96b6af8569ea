"""The types of this room: a Check asks one question about a plan, a Result is the answer.

A check is one function in a file of its own under `verify/checks/`; its docstring is its text in tables.
It returns a Finding, or raises CheckFailed (it does not hold) or CouldNotTell (nobody knows).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from plan.errors import EigenherdError
from plan.plan import Part, Value

if TYPE_CHECKING:
    from verify.target import Target

Stage = Literal["preflight", "watch", "full", "disruptive"]
Severity = Literal["critical", "warning"]
Outcome = Literal["passed", "simulated", "failed", "error", "skipped", "unsupported", "not_run"]
GOOD: tuple[Outcome, ...] = ("passed", "simulated")
NO_GPU = "no GPU in the plan"
Subject = Literal["machine", "gateway", "engine", "model"]
Disturbs = Literal["nobody", "machine", "stack"]


class CheckFailed(EigenherdError):
    """What the check asks for does not hold."""


class CouldNotTell(EigenherdError):
    """The check could not find out."""


class DeadlineExceeded(Exception):
    """A command, a probe or a request took longer than it may; `what` names it."""

    def __init__(self, what: str, timeout_s: float) -> None:
        self.what, self.timeout_s = what, timeout_s
        super().__init__(f"{what} took longer than {timeout_s:g} s")


class Finding(Value):
    """What one run of a check saw. `bound` is what `measured` was compared with."""

    outcome: Outcome
    measured: str = ""
    bound: str = ""
    wanted: str = ""
    found: str = ""
    todo: str = ""
    evidence: dict[str, object] = Field(default_factory=dict)


class Result(Finding):
    """A finding with its check, its subject and its time: what reports are made of."""

    check: str
    text: str
    machine: str
    model: str = ""
    stage: Stage
    parts: tuple[Part, ...]
    severity: Severity
    bound_source: str
    duration_s: float
    at: str

    @property
    def about(self) -> tuple[str, str, str]:
        """What was asked of whom: the same in every report."""
        return self.check, self.machine, self.model

    @property
    def message(self) -> str:
        """One line for people: what was measured, or what was wanted and found instead."""
        return self.measured if self.outcome in GOOD else f"wanted {self.wanted}, found {self.found}"


Question = Callable[["Target"], Finding]


@dataclass(frozen=True)
class Check:
    """One question. It runs once per `subject`; `disturbs` says what must be quiet meanwhile.

    needs: checks without whose pass this one has no meaning. gpu: only asked where the plan has one. silicon: no
    simulated card can answer it. elsewhere: why a machine cannot ask it about itself; empty where it can.
    """

    name: str
    text: str
    run: Question
    stage: Stage
    parts: tuple[Part, ...]
    severity: Severity
    source: str
    subject: Subject
    disturbs: Disturbs
    needs: tuple[str, ...]
    gpu: bool
    silicon: bool
    elsewhere: str
    timeout_s: float

    @property
    def of_cards(self) -> bool:
        """Whether it would have to be believed of a card."""
        return self.gpu or bool({"driver", "torch"} & {*self.parts})


def check(
    *,
    stage: Stage,
    part: Part | tuple[Part, ...],
    severity: Severity,
    source: str,
    subject: Subject = "machine",
    disturbs: Disturbs = "nobody",
    needs: tuple[str, ...] = (),
    gpu: bool = False,
    silicon: bool = False,
    elsewhere: str = "",
    timeout_s: float = 60,
) -> Callable[[Question], Check]:
    """Turn a function into a Check of the same name."""
    parts = part if isinstance(part, tuple) else (part,)

    def build(run: Question) -> Check:
        text = " ".join((run.__doc__ or "").split())
        name = getattr(run, "__name__", "")
        return Check(
            name,
            text,
            run,
            stage,
            parts,
            severity,
            source,
            subject,
            disturbs,
            needs,
            gpu,
            silicon,
            elsewhere,
            timeout_s,
        )

    return build


def passed(measured: str, bound: str = "", **evidence: object) -> Finding:
    return Finding(outcome="passed", measured=measured, bound=bound, evidence=evidence)


def failed(wanted: str, found: str, todo: str, measured: str = "", bound: str = "", **evidence: object) -> Finding:
    return Finding(
        outcome="failed",
        measured=measured or found,
        bound=bound or wanted,
        wanted=wanted,
        found=found,
        todo=todo,
        evidence=evidence,
    )


def skipped(reason: str) -> Finding:
    return Finding(outcome="skipped", measured=reason)


def unsupported(feature: str, engine: str, **evidence: object) -> Finding:
    """The engine is known not to have the feature, and was seen not to have it."""
    return Finding(
        outcome="unsupported",
        measured=f"{engine} has no such feature",
        wanted=feature,
        found=f"{engine} does not support it",
        todo="nothing to mend: clients must not count on it with this engine",
        evidence=evidence,
    )
