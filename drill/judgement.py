"""Whether it came back: every reason why not."""

import json
from collections.abc import Sequence
from pathlib import Path

from drill.evidence import Kept, Outcome, Rebuilt, Verified

MOST_ERRORS = 3
Failed = tuple[Sequence[str], Sequence[str]]


def verdict(
    failed: Failed | None,
    problems: Sequence[str],
    rebuilt: Sequence[Rebuilt],
    kept: Sequence[Kept],
    verified: Verified | None,
    first_token_s: float | None,
) -> tuple[Outcome, list[str]]:
    """failed: the stages and the errors of a rebuild that failed. problems: what went wrong with the destroy.

    An error, not a failure, when the destroy was none or the checks could not tell: then nothing is known.
    """
    reasons = [*problems]
    if failed:
        reasons.append(f"the rebuild failed in {' and '.join(failed[0]) or 'none of its stages'}")
        reasons += [f"wrong: {', '.join(verified.wrong)}"] if verified and verified.wrong else []
        reasons += list(dict.fromkeys(failed[1]))[:MOST_ERRORS]
    if verified is None:
        reasons.append("the rebuilt machines were not verified")
    reasons += [f"machine {machine.name} was not rebuilt" for machine in rebuilt if not machine.is_new]
    reasons += [f"{one.name} is another one than before" for one in kept if not one.is_same]
    if not (kept or failed):
        reasons.append("it is unknown whether it is the same to everybody")
    if first_token_s is None:
        reasons.append("no correct answer came through the gateway")
    unknown = bool(problems) or (verified is not None and verified.verdict == "error")
    if reasons:
        return ("error" if unknown else "failed"), reasons
    # What came back is as good as what was verified of it.
    return ("simulated" if verified and verified.verdict == "simulated" else "passed"), []


def verification(home: Path, instances: Sequence[str]) -> Verified | None:
    """What the latest report in the stack's folder says, if it is about these very machines."""
    try:
        report = json.loads((home / "report" / "report.json").read_text())
    except (OSError, ValueError):
        return None
    if not instances or {machine["instance"] for machine in report["machines"]} != set(instances):
        return None
    results = report["results"]
    outcomes = [result["outcome"] for result in results]
    bad = [r for r in results if r["severity"] == "critical" and r["outcome"] not in ("passed", "simulated", "skipped")]
    return Verified(
        verdict=report["verdict"],
        sentence=report["sentence"],
        counts={outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)},
        wrong=tuple(dict.fromkeys(f"{r['check']} ({r['machine']})" for r in bad)),
    )
