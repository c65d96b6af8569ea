"""What all results together say."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from plan.plan import Plan
from verify.check import Result, Stage

Verdict = Literal["passed", "failed", "error"]
EXIT_CODES: dict[Verdict, int] = {"passed": 0, "failed": 1, "error": 2}
UNTOLD = {"error", "unsupported", "not_run"}


def verdict(results: Sequence[Result]) -> Verdict:
    """Failed if a critical check failed; error if one that was planned could not be told, or none was asked."""
    critical = [result for result in results if result.severity == "critical"]
    if any(result.outcome == "failed" for result in critical):
        return "failed"
    if not results or any(result.outcome in UNTOLD for result in critical):
        return "error"
    return "passed"


def reason(results: Sequence[Result]) -> str:
    """The names behind a verdict that is not `passed`; never what was measured, which may be private."""
    if not results:
        return "no check was asked"
    return ", ".join(failing(results))


def failing(results: Sequence[Result]) -> list[str]:
    """The critical checks behind the verdict, each with its machine; none if it is `passed`."""
    outcomes = {"failed": {"failed"}, "error": UNTOLD, "passed": set[str]()}[verdict(results)]
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
        if result.severity == "critical" and result.outcome not in {"passed", "skipped"}
    )


def sentence(results: Sequence[Result], plan: Plan, stage: Stage) -> str:
    """The verdict for people."""
    counts = Counter(result.outcome for result in results)
    warnings = sum(r.severity == "warning" and r.outcome not in {"passed", "skipped"} for r in results)
    skips = Counter(result.measured for result in results if result.outcome == "skipped")
    parts = [
        f"{counts['passed']} of {len(results)} checks passed",
        *(
            f"{counts[outcome]} {outcome}"
            for outcome in ("failed", "error", "not_run", "unsupported")
            if counts[outcome]
        ),
        *(
            [f"{warnings} of these only a warning" if warnings == 1 else f"{warnings} of these only warnings"]
            if warnings
            else []
        ),
        *(f"{count} skipped: {why}" for why, count in skips.items()),
    ]
    says = f"{plan.stack} {said(verdict(results), stage)}"
    if stage != "preflight" and not any(machine.gpu for machine in plan.machines):
        says += ", on CPU only (no GPU in the plan)"
    return f"{says}: {'; '.join(parts)}"


def said(judged: Verdict, stage: Stage) -> str:
    """The verdict as the end of a sentence about the stack."""
    if stage == "preflight":
        return {"passed": "is ready", "failed": "is not ready", "error": "could not be looked at"}[judged]
    return {"passed": "works", "failed": "does not work", "error": "could not be verified"}[judged]
