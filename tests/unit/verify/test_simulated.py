"""Beside a simulated card nothing reads as passed hardware: not the verdict, in no form of the report."""

import json
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, handover, machine_plan, plan
from tests.unit.verify.test_reports import report, result
from verify.agenda import Run
from verify.check import Outcome, Stage
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.report import Report
from verify.reports import archive, terminal
from verify.reports.html import html
from verify.reports.junit import junit
from verify.runner import Runner
from verify.verdict import EXIT_CODES, said, verdict

PRETENDED = CARD.model_copy(update={"simulated": True})
PLAN = plan({"machines": (machine_plan({"gpu": PRETENDED}),)})
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SEVERITIES = ("critical", "warning")


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any results, also of a program that forgot to call them simulated."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.sampled_from(SEVERITIES)), min_size=1, max_size=6))
    results = [result(f"check{n}", outcome=outcome, severity=how) for n, (outcome, how) in enumerate(pairs)]
    return report(*results, plan=PLAN, stage=draw(st.sampled_from(get_args(Stage))))


@settings(deadline=None)
@given(reports())
def test_whatever_was_found_the_verdict_is_never_passed(made: Report) -> None:
    assert made.verdict != "passed"
    if EXIT_CODES[made.verdict] == 0:
        assert made.verdict == "simulated" and "SIMULATED" in made.sentence


@settings(deadline=None)
@given(reports())
def test_every_form_of_a_good_report_says_it(made: Report) -> None:
    if made.verdict == "simulated":
        assert "SIMULATED" in html(made) and 'class="banner simulated"' in html(made)
        assert "SIMULATED" in junit(made).splitlines()[1]


@settings(deadline=None)
@given(reports())
def test_a_real_plan_does_not_become_better_by_it(made: Report) -> None:
    """What is said of a simulated card does not count for a real one either."""
    real = made.model_copy(update={"plan": plan({"machines": (machine_plan({"gpu": CARD}),)})})
    assert verdict(real.results, real.plan) == ("passed" if made.verdict == "simulated" else made.verdict)
    assert made.verdict == "simulated" or verdict(real.results, real.plan) == made.verdict


def test_what_a_card_would_have_to_prove_is_skipped_in_junit() -> None:
    made = report(result("gpu_memory", outcome="simulated", measured="24.0 GiB"), result(), plan=PLAN)
    suite = ElementTree.fromstring(junit(made)).find("testsuite")  # noqa: S314
    assert suite is not None and (suite.get("tests"), suite.get("skipped")) == ("2", "1")
    skip = suite.find("testcase/skipped")
    assert skip is not None and skip.get("message") == "SIMULATED: 24.0 GiB"


def test_it_is_said_on_the_terminal_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = report(result("gpu_memory", outcome="simulated"), plan=PLAN)
    place = archive.write(made, tmp_path)
    terminal.summary(made, place)
    assert "paper works, SIMULATED: no GPU was tested" in capsys.readouterr().out
    facts = json.loads((place / "report.json").read_text())
    assert facts["verdict"] == "simulated" and facts["results"][0]["outcome"] == "simulated"
    again = archive.read(place)
    assert again is not None and again.verdict == "simulated"


@pytest.mark.parametrize("stage", get_args(Stage))
def test_each_stage_has_words_for_it(stage: Stage) -> None:
    assert "SIMULATED" in said("simulated", stage)


SILICON = [check for check in all_checks() if check.silicon]


@pytest.mark.parametrize("check", SILICON, ids=lambda check: check.name)
def test_what_only_silicon_answers_is_not_even_asked(check: object) -> None:
    """No command goes to the machine: no load, no probe."""
    given_ = handover(PLAN)
    host = FakeShell()
    run = Run(check, given_.machines[0], PLAN.models[0])  # type: ignore[arg-type]
    [found] = Runner(given_, {"one": host}, Gateway(given_), lambda _: None).run([[run]])
    assert (found.outcome, found.measured) == ("skipped", "SIMULATED: only a real card can answer")
    assert not host.commands and not host.asked


def test_a_machine_that_pretends_does_not_pass_under_a_real_plan() -> None:
    """Somebody may name a simulated machine by its address, as an existing one."""
    real = handover(plan({"machines": (machine_plan({"gpu": CARD}),)}))
    check = next(check for check in all_checks() if check.name == "gpu_real")
    for given_, word, outcome in (
        (real, "simulated", "failed"),
        (real, "no simulation", "passed"),
        (handover(PLAN), "simulated", "simulated"),
        (handover(PLAN), "no simulation", "failed"),
    ):
        host = FakeShell({"eigenherd-simulation": f"{word}\n"})
        [found] = Runner(given_, {"one": host}, Gateway(given_), lambda _: None).run([[Run(check, given_.machines[0])]])
        assert found.outcome == outcome


def test_speed_bandwidth_and_power_are_of_silicon_only() -> None:
    names = {check.name for check in SILICON}
    assert {"gpu_throughput", "gpu_transfer", "gpu_power_draw", "gpu_clocks", "decode_speed", "beyond_cpu"} <= names
    assert {"torch_exact", "gpu_memory", "gpu_present", "gpu_xid"}.isdisjoint(names)
