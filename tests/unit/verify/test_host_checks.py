"""Checks of machines against recorded outputs: `tests/cases/verify/<check>/<case>.json`, one file a case."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.verify.cases import CHECKS, FILES, asked, read, subject
from tests.unit.verify.fake_shell import FakeShell
from verify.check import CheckFailed, CouldNotTell
from verify.registry import all_checks
from verify.transport import Output


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_case(path: Path) -> None:
    case = read(path)
    finding = asked(CHECKS[path.parent.name], case)
    assert finding.outcome == case["outcome"], finding
    assert case["says"] in f"{finding.measured} {finding.found}", finding
    if finding.outcome in {"failed", "error", "unsupported"}:
        assert finding.wanted and finding.found and finding.todo


def test_every_check_of_a_machine_has_a_good_and_a_bad_case() -> None:
    """What needs a real gateway, or restarts something, has its tests elsewhere."""
    outcomes: dict[str, set[str]] = {}
    for path in FILES:
        outcomes.setdefault(path.parent.name, set()).add(read(path)["outcome"])
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
