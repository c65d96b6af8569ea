"""Each check of gateway and models passes on a good gateway, and turns on the fault it is there for."""

import pytest

from plan.machine import Handover
from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_gateway import FakeGateway
from verify.check import CheckFailed, DeadlineExceeded, Finding, Outcome
from verify.registry import all_checks
from verify.target import Target

CHECKS = {check.name: check for check in all_checks()}

# check, fault, outcome
FAULTS: list[tuple[str, str, Outcome]] = [
    ("auth_refused", "no auth", "failed"),
    ("auth_refused", "open metrics", "failed"),
    ("auth_refused", "compares loosely", "failed"),
    ("auth_refused", "empty key", "failed"),
    ("auth_accepted", "refuses anna", "failed"),
    ("auth_accepted", "echoes key", "failed"),
    ("routes_blocked", "management", "failed"),
    ("routes_blocked", "path traversal", "failed"),
    ("body_limit", "no body limit", "failed"),
    ("error_bodies", "HTML errors", "failed"),
    ("error_bodies", "stack traces", "failed"),
    ("error_bodies", "bad JSON is 500", "failed"),
    ("models_listed", "other model", "failed"),
    ("answers", "wrong object", "failed"),
    ("answers", "wrong role", "failed"),
    ("usage", "wrong sums", "failed"),
    ("usage", "ignores cap", "failed"),
    ("usage", "flat prompts", "failed"),
    ("streaming", "buffers streams", "failed"),
    ("streaming", "no usage event", "failed"),
    ("streaming", "no end", "failed"),
    ("stream_equals", "drops a piece", "failed"),
    ("stream_equals", "random answers", "failed"),
    ("determinism", "random answers", "failed"),
    ("cap_and_stop", "ignores cap", "failed"),
    ("cap_and_stop", "ignores stop", "failed"),
    ("fresh_nonces", "canned", "failed"),
    ("fresh_nonces", "cross-talk", "failed"),
    ("expected_answers", "knows nothing", "failed"),
    ("non_degenerate", "repeats itself", "failed"),
    ("non_degenerate", "leaks template", "failed"),
    ("non_degenerate", "replacement characters", "failed"),
    ("non_degenerate", "noise", "failed"),
    ("unknown_model", "any model", "failed"),
    ("over_context", "shortens prompts", "failed"),
    ("cancel", "keeps working for nobody", "failed"),
    ("structured_output", "ignores schema", "failed"),
    ("structured_output", "guesses values", "failed"),
    ("structured_output", "numbers as text", "failed"),
    ("structured_output", "adds fields", "failed"),
    ("users", "cross-talk", "failed"),
    ("users", "canned", "failed"),
]


def ask(name: str, target: Target) -> Finding:
    try:
        return CHECKS[name].run(target)
    except (CheckFailed, DeadlineExceeded) as error:
        return Finding(outcome="failed", found=str(error))


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _, _ in FAULTS))
def test_passes_on_a_good_gateway(name: str, gateway: FakeGateway, target: MakeTarget) -> None:
    finding = ask(name, target())
    assert finding.outcome == "passed", finding
    assert finding.measured and finding.bound


@pytest.mark.parametrize(("name", "fault", "outcome"), FAULTS, ids=lambda value: str(value))
def test_turns_on_its_fault(
    name: str, fault: str, outcome: Outcome, gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.faults.add(fault)
    monkeypatch.setattr("verify.checks.generation.cancel.MARGIN_S", 0.4)
    finding = ask(name, target())
    assert finding.outcome == outcome, finding


def test_no_key_is_in_a_finding_of_an_open_gateway(gateway: FakeGateway, target: MakeTarget) -> None:
    gateway.faults.add("no auth")
    aim = target()
    text = ask("auth_refused", aim).model_dump_json()
    assert not any(key in text for key in aim.handover.secrets.clients.values())


def test_a_known_gap_of_an_engine_is_unsupported_and_not_passed(gateway: FakeGateway, target: MakeTarget) -> None:
    gateway.faults.add("shortens prompts")
    aim = target()
    ollama = aim.plan.engine.model_copy(update={"name": "ollama"})
    given = aim.handover.model_copy(update={"plan": aim.plan.model_copy(update={"engine": ollama})})
    assert ask("over_context", target(given=given)).outcome == "unsupported"


def test_users_record_every_latency(gateway: FakeGateway, target: MakeTarget) -> None:
    aim = target()
    finding = ask("users", aim)
    assert len(aim.gateway.samples) == 8
    assert {sample.users for sample in aim.gateway.samples} == {4}
    assert "p99" not in finding.measured
    assert all(0 < sample.first_s <= sample.total_s for sample in aim.gateway.samples)


def test_p99_is_claimed_from_a_hundred_answers_on(gateway: FakeGateway, target: MakeTarget) -> None:
    finding = ask("users", target(users=50))
    assert finding.outcome == "passed", finding
    assert "100 of 100 right, 50 at once" in finding.measured
    assert "p99" in finding.measured


THINKERS = ("answers", "usage", "streaming", "cap_and_stop", "fresh_nonces", "expected_answers", "users")


def thinking(aim: Target, effort: str | None) -> Handover:
    models = tuple(model.model_copy(update={"effort": effort}) for model in aim.plan.models)
    return aim.handover.model_copy(update={"plan": aim.plan.model_copy(update={"models": models})})


@pytest.mark.parametrize("effort", ["none", "low"])
@pytest.mark.parametrize("name", THINKERS)
def test_a_model_that_thinks_first_is_judged_by_its_answer(
    name: str, effort: str, gateway: FakeGateway, target: MakeTarget
) -> None:
    gateway.faults.add("thinks")
    finding = ask(name, target(given=thinking(target(), effort)))
    assert finding.outcome == "passed", finding


@pytest.mark.parametrize("name", ["answers", "fresh_nonces", "expected_answers"])
def test_one_whose_thinking_the_plan_does_not_know_of_fails(
    name: str, gateway: FakeGateway, target: MakeTarget
) -> None:
    gateway.faults.add("thinks")
    assert ask(name, target()).outcome == "failed"
