"""Checks of machines against recorded outputs: `tests/cases/verify/<check>/<case>.json`, one file a case.

A case gives what commands print (`answers`: pattern to text, or to [exit code, text]), what probes measure,
changes to the plan, and the outcome; `says` is in the finding's text.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, handover, machine_plan, plan
from verify.check import CheckFailed, CouldNotTell, Finding
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.target import Target
from verify.transport import Output

CASES = sorted((Path(__file__).parents[2] / "cases" / "verify").glob("*/*.json"))
CHECKS = {check.name: check for check in all_checks()}


def subject(case: dict[str, Any]) -> Target:
    machine = case.get("machine", {}) | ({"gpu": CARD} if case.get("gpu") else {})
    changes: dict[str, object] = {"machines": (machine_plan(machine),), **case.get("plan", {})}
    if case.get("gpu"):
        changes["engine"] = plan().engine.model_copy(update={"device": "cuda"})
    given = handover(plan(changes))
    answers = {pattern: tuple(text) if isinstance(text, list) else text for pattern, text in case["answers"].items()}
    host = FakeShell(answers, case.get("probes", {}))
    return Target(given, given.machines[0], host, Gateway(given), 0.0, given.plan.models[0])


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    try:
        finding = CHECKS[path.parent.name].run(subject(case))
    except CouldNotTell as error:
        finding = Finding(outcome="error", wanted=error.wanted, found=error.found, todo=error.todo)
    except CheckFailed as error:
        finding = Finding(outcome="failed", wanted=error.wanted, found=error.found, todo=error.todo)
    assert finding.outcome == case["outcome"], finding
    assert case["says"] in f"{finding.measured} {finding.found}", finding
    if finding.outcome in {"failed", "error"}:
        assert finding.wanted and finding.found and finding.todo


def test_every_check_of_a_machine_has_a_good_and_a_bad_case() -> None:
    """What needs a real gateway, or restarts something, has its tests elsewhere."""
    outcomes: dict[str, set[str]] = {}
    for path in CASES:
        outcomes.setdefault(path.parent.name, set()).add(json.loads(path.read_text(encoding="utf-8"))["outcome"])
    elsewhere = ("verify.checks.generation", "verify.checks.gateway")
    expected = {
        check.name
        for check in all_checks()
        if not check.run.__module__.startswith(elsewhere)
        and check.name
        not in {"cold_load", "reboot", "gpu_used", "prompts_unlogged", "clock", "clock_agrees", "clock_right"}
    }
    assert {name for name in expected if not {"passed", "failed"} <= outcomes.get(name, set())} == set()


def test_torch_that_ends_badly_is_broken_and_a_machine_that_does_not_answer_is_not_judged() -> None:
    class Broken(FakeShell):
        def probe(self, name: str, *_: object, **__: object) -> dict[str, object]:
            raise CouldNotTell("one JSON object", "exit 139, last words: Segmentation fault", "run it by hand")

    class Off(Broken):
        def run(self, *_: object, **__: object) -> Output:
            raise CouldNotTell("the machine answers", "no connection", "try by hand")

    given = subject({"answers": {}})
    with pytest.raises(CheckFailed, match="exit 139"):
        CHECKS["torch_exact"].run(replace(given, host=Broken({"^true": ""})))
    with pytest.raises(CouldNotTell, match="no connection"):
        CHECKS["torch_exact"].run(replace(given, host=Off()))
