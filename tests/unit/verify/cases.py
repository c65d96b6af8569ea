"""Recorded outputs as cases: `tests/cases/verify/<check>/<case>.json`, one file a case.

A case gives what commands print (`answers`: pattern to text, or to [exit code, text]), what probes measure,
changes to the plan, and the outcome; `says` is in the finding's text. gpu: the planned card, by the catalogue's
name or field by field; true is an RTX 4090; gpus: how many of them. drivers: what is planned to be installed for
it is in the plan, for the newest CUDA or that of `cuda`. A case of a card names its `board`, its `driver` and its
`origin` too: a public recording, or made to the documented format.
"""

import json
from pathlib import Path
from typing import Any

from plan import catalog
from plan.derive.driver.choices import SYSTEMS, choices
from plan.derive.driver.question import Question
from plan.plan import Gpu
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, handover, machine_plan, plan
from verify.check import Check, CheckFailed, CouldNotTell, Finding
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.target import Target

FILES = sorted((Path(__file__).parents[2] / "cases" / "verify").glob("*/*.json"))
CHECKS = {check.name: check for check in all_checks()}


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return case


def planned(asked: str | bool | dict[str, Any], count: int = 1) -> Gpu:
    if asked is True:
        return CARD
    if isinstance(asked, dict):
        return Gpu.model_validate(asked)
    row = catalog.gpu(str(asked)).model_dump()
    return Gpu.model_validate({name: row[name] for name in Gpu.model_fields if name in row} | {"count": count})


def subject(case: dict[str, Any]) -> Target:
    machine = case.get("machine", {}) | ({"gpu": planned(case["gpu"], case.get("gpus", 1))} if case.get("gpu") else {})
    if case.get("drivers"):
        question = Question(cards=(catalog.gpu(case["gpu"]),), system=SYSTEMS[0], cuda=case.get("cuda"))
        machine["drivers"] = choices(question, SYSTEMS)
    changes: dict[str, object] = {"machines": (machine_plan(machine),), **case.get("plan", {})}
    if case.get("gpu"):
        changes["engine"] = plan().engine.model_copy(update={"device": "cuda"})
    given = handover(plan(changes))
    answers = {pattern: tuple(text) if isinstance(text, list) else text for pattern, text in case["answers"].items()}
    host = FakeShell(answers, case.get("probes", {}))
    return Target(given, given.machines[0], host, Gateway(given), 0.0, given.plan.models[0])


def asked(check: Check, case: dict[str, Any]) -> Finding:
    """The check's answer as the runner would report it."""
    try:
        return check.run(subject(case))
    except CouldNotTell as error:
        return Finding(outcome="error", wanted=error.wanted, found=error.found, todo=error.todo)
    except CheckFailed as error:
        return Finding(outcome="failed", wanted=error.wanted, found=error.found, todo=error.todo)
