"""Is the card really used, and is the model as good as it was? Against the fake gateway, with recorded figures."""

from dataclasses import replace

import pytest

from plan.catalog import artifacts, gpu, gpus
from plan.plan import Gpu
from tests.unit.verify.card_cases import BIG, CardCase, ask, at_pace, cases, cpu_memory, on_card, working
from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_gateway import FakeGateway
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, MODEL, handover, machine_plan, plan
from verify import decode
from verify.anchors import Anchor, Point, anchors
from verify.check import CouldNotTell
from verify.processes import unit_processes

POINTS = tuple(Point(ask=f"Question {number}?", token="The", logprob=-1.0) for number in range(4))
REFERENCE = Anchor(file="tiny.gguf", sha256=MODEL.artifact.sha256, source="test", date="2026-11-25", points=POINTS)


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.checks.generation.quality_anchor.anchor_of", {REFERENCE.sha256: REFERENCE}.get)


@pytest.mark.parametrize(
    ("fault", "outcome", "says"),
    [
        ("", "passed", "0.00 off on average"),
        ("slightly off", "passed", "0.15 off on average"),
        ("other weights", "failed", "2.50 off on average"),
        ("other words", "failed", "3.00 off on average"),
        ("broken weights", "failed", "inf off on average"),
        ("no logprobs", "failed", "inf off on average"),
    ],
)
def test_quality_anchor(
    fault: str, outcome: str, says: str, gateway: FakeGateway, target: MakeTarget, reference: None
) -> None:
    gateway.faults |= {fault} - {""}
    finding = ask("quality_anchor", target())
    assert (finding.outcome, says in finding.measured) == (outcome, True), finding
    assert finding.model_dump_json()  # infinity would not come back from JSON
    assert "inf" not in str([value for value in finding.evidence.values() if isinstance(value, float)])


def test_a_model_without_a_reference_run_is_skipped_with_that_reason(gateway: FakeGateway, target: MakeTarget) -> None:
    assert ask("quality_anchor", target()).outcome == "skipped"


def test_an_engine_known_to_tell_no_likelihoods_is_unsupported(
    gateway: FakeGateway, target: MakeTarget, reference: None
) -> None:
    gateway.faults.add("no logprobs")
    assert ask("quality_anchor", on_card(target, FakeShell(), "ollama", MODEL)).outcome == "unsupported"
    gateway.faults.clear()
    assert ask("quality_anchor", on_card(target, FakeShell(), "ollama", MODEL)).outcome == "passed"


def test_reference_runs_are_of_files_in_the_catalogue_and_have_a_source() -> None:
    known = {row.artifact.sha256: row.artifact.file for row in artifacts()}
    assert anchors()
    for anchor in anchors():
        assert known[anchor.sha256] == anchor.file
        assert anchor.source and anchor.date and len(anchor.points) >= 5
        assert all(point.logprob < 0 for point in anchor.points)


@pytest.mark.parametrize("case", cases("decode_speed"), ids=str)
def test_decode_speed(case: CardCase, target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = case.asked(target, monkeypatch)
    assert (finding.outcome, case.says in finding.measured + finding.found) == (case.outcome, True), finding


def test_a_short_answer_tells_no_pace(
    gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decode.tokens_per_s(target(), MODEL) > 0
    monkeypatch.setattr(decode, "TOKENS", 8)
    with pytest.raises(CouldNotTell, match="8 tokens"):
        decode.tokens_per_s(target(), MODEL)


@pytest.mark.parametrize("case", cases("beyond_cpu"), ids=str)
def test_beyond_cpu(case: CardCase, target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = case.asked(target, monkeypatch)
    assert (finding.outcome, case.says in finding.measured + finding.found) == (case.outcome, True), finding


def test_a_small_model_tells_nothing_by_pace(target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card waits for its kernels to start; a CPU with the weights in its caches does not."""
    at_pace(monkeypatch, 400.0)
    assert ask("beyond_cpu", on_card(target, cpu_memory(40.0)(), model=MODEL)).outcome == "skipped"


@pytest.mark.parametrize("row", gpus(), ids=lambda row: row.name)
def test_floors_lie_below_the_roofline_of_every_card(row: Gpu) -> None:
    card = Gpu(**{key: value for key, value in gpu(row.name) if key in Gpu.model_fields})
    for model in (MODEL, BIG):
        assert 0 < decode.floor(card, model) < decode.LEAST_SHARE * decode.roofline(card, model)


def test_of_a_mixture_only_the_experts_that_take_part_are_read() -> None:
    mixture = BIG.model_copy(update={"name": "gpt-oss:120b"})
    assert decode.active_bytes(BIG) == 12e9
    assert 0.03 * 12e9 < decode.active_bytes(mixture) < 0.06 * 12e9


@pytest.mark.parametrize("case", [*cases("card_works"), *cases("gpu_used")], ids=str)
def test_the_card_is_what_answers(
    case: CardCase, gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = case.asked(target, monkeypatch)
    assert (finding.outcome, case.says in f"{finding.measured} {finding.found}") == (case.outcome, True), finding


def test_of_two_engines_each_is_given_something_to_do(gateway: FakeGateway, target: MakeTarget) -> None:
    aim = on_card(target, working("97")(), model=MODEL)
    pair = tuple(machine_plan({"name": name, "gpu": CARD}) for name in ("one", "two"))
    given = handover(plan({"machines": pair, "models": (MODEL,), "gateway": aim.plan.gateway}))
    before = gateway.asked
    assert ask("card_works", replace(aim, handover=given, machine=given.machines[0])).outcome == "passed"
    assert gateway.asked - before == 4


def test_the_engine_s_processes_are_asked_for_anew_each_time(target: MakeTarget) -> None:
    """It starts more of them as it loads models, and a machine is asked the same question only once."""
    host = FakeShell({}, {"unit_processes": {"processes": [], "account": {}}})
    for _ in range(2):
        unit_processes(target(host))
    assert host.asked[0] != host.asked[1]
