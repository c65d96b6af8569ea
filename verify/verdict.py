"""What all results together say."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from plan.plan import Plan
from verify.check import GOOD, Result, Stage

Verdict = Literal["passed", "simulated", "failed", "error"]
EXIT_CODES: dict[Verdict, int] = {"passed": 0, "simulated": 0, "failed": 1, "error": 2}
UNTOLD = {"error", "unsupported", "not_run"}


def verdict(results: Sequence[Result], plan: Plan) -> Verdict:
    """Failed if a critical check failed; error if one that was planned could not be told, or none was asked.

    Where a card is only pretended, what would be `passed` is `simulated`, whichever checks were asked.
    """
    critical = [result for result in results if result.severity == "critical"]
    if any(result.outcome == "failed" for result in critical):
        return "failed"
    if not results or any(result.outcome in UNTOLD for result in critical):
        return "error"
    return "simulated" if is_simulated(plan) else "passed"


def is_simulated(plan: Plan) -> bool:
    return any(machine.gpu and machine.gpu.simulated for machine in plan.machines)


def reason(results: Sequence[Result], plan: Plan) -> str:
    """The names behind a verdict that is not good; never what was measured, which may be private."""
    if not results:
        return "no check was asked"
    return ", ".join(failing(results, plan))


def failing(results: Sequence[Result], plan: Plan) -> list[str]:
    """The critical checks behind the verdict, each with its machine; none if it is good."""
    outcomes = {"failed": {"failed"}, "error": UNTOLD}.get(verdict(results, plan), set())
    names = [
        f"{result.check} ({result.machine})"
        for result in results
        if result.severity == "critical" and result.outcome in outcomes
    ]
    return list(dict.fromkeys(names))


def not_passed(results: Sequence[Result]) -> list[str]:
    """Every critical check that was asked and did not pass, each with its machine and model."""
    return sorted(
        " ".join(word for word in (result.check, f"({result.machine})", result.model) if word)
        for result in results
        if result.severity == "critical" and result.outcome not in {"passed", "simulated", "skipped"}
    )


def sentence(results: Sequence[Result], plan: Plan, stage: Stage) -> str:
    """The verdict for people."""
    counts = Counter(result.outcome for result in results)
    warnings = sum(r.severity == "warning" and r.outcome not in {*GOOD, "skipped"} for r in results)
    skips = Counter(result.measured for result in results if result.outcome == "skipped")
    parts = [
        f"{counts['passed']} of {len(results)} checks passed",
        *(
            f"{counts[outcome]} {outcome}"
            for outcome in ("simulated", "failed", "error", "not_run", "unsupported")
            if counts[outcome]
        ),
        *(
            [f"{warnings} of these only a warning" if warnings == 1 else f"{warnings} of these only warnings"]
            if warnings
            else []
        ),
        *(f"{count} skipped: {why}" for why, count in skips.items()),
    ]
    says = f"{plan.stack} {said(verdict(results, plan), stage)}"
    if stage != "preflight" and not any(machine.gpu for machine in plan.machines):
        says += ", on CPU only (no GPU in the plan)"
    return f"{says}: {'; '.join(parts)}"


def said(judged: Verdict, stage: Stage) -> str:
    """The verdict as the end of a sentence about the stack."""
    if stage == "preflight":
        return PREFLIGHT[judged]
    return SAID[judged]


PREFLIGHT: dict[Verdict, str] = {
    "passed": "is ready",
    "simulated": "is ready, SIMULATED: it has no GPU",
    "failed": "is not ready",
    "error": "could not be looked at",
}
SAID: dict[Verdict, str] = {
    "passed": "works",
    "simulated": "works, SIMULATED: no GPU was tested",
    "failed": "does not work",
    "error": "could not be verified",
}
