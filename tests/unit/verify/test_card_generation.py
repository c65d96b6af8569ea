"""Is the card really used, and is the model as good as it was? Against the fake gateway, with recorded figures."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from plan.catalog import artifacts, gpu, gpus
from plan.plan import Gpu, Model
from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_gateway import FakeGateway
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, MODEL, handover, machine_plan, plan
from verify import decode
from verify.anchors import Anchor, Point, anchors
from verify.check import CheckFailed, CouldNotTell, Finding
from verify.processes import unit_processes
from verify.registry import all_checks
from verify.target import Target
from verify.transport import Output

CHECKS = {check.name: check for check in all_checks()}
POINTS = tuple(Point(ask=f"Question {number}?", token="The", logprob=-1.0) for number in range(4))
REFERENCE = Anchor(file="tiny.gguf", sha256=MODEL.artifact.sha256, source="test", date="2026-11-25", points=POINTS)
BIG = MODEL.model_copy(update={"artifact": MODEL.artifact.model_copy(update={"size": 12_000_000_000})})


def ask(name: str, target: Target) -> Finding:
    try:
        return CHECKS[name].run(target)
    except CheckFailed as error:
        return Finding(outcome="failed", found=error.found)
    except CouldNotTell as error:
        return Finding(outcome="error", found=error.found)


def on_card(target: MakeTarget, host: FakeShell, engine: str = "llama_cpp", model: Model = BIG) -> Target:
    """Asked at the fake gateway, on a machine with an RTX 4090."""
    aim = target(host)
    server = aim.plan.engine.model_copy(update={"device": "cuda", "name": engine})
    changes = {"machines": (machine_plan({"gpu": CARD}),), "engine": server, "models": (model,)}
    return replace(aim, handover=aim.handover.model_copy(update={"plan": aim.plan.model_copy(update=changes)}))


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


def at_pace(monkeypatch: pytest.MonkeyPatch, *paces: float) -> None:
    """Tokens a second, run by run; the last for all further ones."""
    left = list(paces)

    def pace(target: Target, model: Model) -> float:
        return left.pop(0) if len(left) > 1 else left[0]

    for module in ("verify.checks.generation.decode_speed", "verify.checks.generation.beyond_cpu"):
        monkeypatch.setattr(f"{module}.tokens_per_s", pace)


# 12 GB on 1008 GB/s: the roofline is 84 tokens a second; 40 % of it less 2 ms a token are 31.5.
@pytest.mark.parametrize(
    ("paces", "outcome", "says"),
    [
        ((60.0,), "passed", "60 tokens/s, 71% of the roofline (at least 31)"),
        ((9.0, 60.0, 9.0), "passed", "60 tokens/s"),
        ((31.0,), "failed", "31 tokens/s, 37% of the roofline"),
        ((4.0,), "failed", "4 tokens/s"),
    ],
)
def test_decode_speed(
    paces: tuple[float, ...], outcome: str, says: str, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_pace(monkeypatch, *paces)
    finding = ask("decode_speed", on_card(target, FakeShell()))
    assert (finding.outcome, says in finding.measured) == (outcome, True), finding


def test_a_short_answer_tells_no_pace(
    gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decode.tokens_per_s(target(), MODEL) > 0
    monkeypatch.setattr(decode, "TOKENS", 8)
    with pytest.raises(CouldNotTell, match="8 tokens"):
        decode.tokens_per_s(target(), MODEL)


def cpu_memory(gbs: object) -> FakeShell:
    card = {"index": 0, "name": "CPU", "copy_mib": 256, "matmul_gflops": 50.0, "copy_gbs": gbs}
    card |= {"matmul_dtype": "float32", "matmul_shape": "1024x1024x1024"}
    return FakeShell({"^true": ""}, {"speed": {"torch": "2.15.0", "cuda_available": False, "cards": [card]}})


# 40 GB/s copied are 60 GB/s moved: 5 tokens of 12 GB a second. With 400 GB/s the CPU is no slower than the floor.
@pytest.mark.parametrize(
    ("gbs", "pace", "outcome", "says"),
    [
        (40.0, 60.0, "passed", "60 tokens/s, the CPU 5 at most"),
        (40.0, 4.5, "failed", "4 tokens/s, the CPU 5 at most"),
        (400.0, 60.0, "skipped", "600 GB/s"),
        ("[N/A]", 60.0, "error", "wrong fields: copy_gbs"),
    ],
)
def test_beyond_cpu(
    gbs: object, pace: float, outcome: str, says: str, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_pace(monkeypatch, pace)
    host = cpu_memory(gbs)
    finding = ask("beyond_cpu", on_card(target, host))
    assert (finding.outcome, says in finding.measured + finding.found) == (outcome, True), finding
    assert host.asked == [("speed", {"device": "cpu"})]


def test_a_small_model_tells_nothing_by_pace(target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card waits for its kernels to start; a CPU with the weights in its caches does not."""
    at_pace(monkeypatch, 400.0)
    assert ask("beyond_cpu", on_card(target, cpu_memory(40.0), model=MODEL)).outcome == "skipped"


@pytest.mark.parametrize("row", gpus(), ids=lambda row: row.name)
def test_floors_lie_below_the_roofline_of_every_card(row: Gpu) -> None:
    card = Gpu(**{key: getattr(gpu(row.name), key) for key in Gpu.model_fields})
    for model in (MODEL, BIG):
        assert 0 < decode.floor(card, model) < decode.LEAST_SHARE * decode.roofline(card, model)


def test_of_a_mixture_only_the_experts_that_take_part_are_read() -> None:
    mixture = BIG.model_copy(update={"name": "gpt-oss:120b"})
    assert decode.active_bytes(BIG) == 12e9
    assert 0.03 * 12e9 < decode.active_bytes(mixture) < 0.06 * 12e9


class Working(FakeShell):
    """A card whose utilisation changes from one question to the next; the last answer holds."""

    shares: tuple[str, ...] = ("0",)
    seen = 0
    lock = threading.Lock()

    def run(self, command: str, **options: object) -> Output:  # type: ignore[override]
        if "utilization.gpu" not in command:
            return super().run(command)
        with self.lock:
            share = self.shares[min(self.seen, len(self.shares) - 1)]
            self.seen += 1
        return Output(0, "".join(f"{index}, {share}\n" for index in (0, 1)), "")


def working(*shares: str, models: Callable[[], object] | None = None) -> Working:
    host = Working({}, {"loaded_models": {"models": models()}} if models else {})
    host.shares = shares
    return host


def resident(vram: object, size: object = 900, name: str = MODEL.name) -> Callable[[], object]:
    return lambda: [{"name": name, "size": size, "size_vram": vram}]


@pytest.mark.parametrize(
    ("host", "engine", "outcome", "says"),
    [
        (working("0", "97"), "llama_cpp", "passed", "up to 97 % busy"),
        (working("0"), "llama_cpp", "failed", "no card worked while it answered"),
        (working("[N/A]"), "llama_cpp", "error", "no number"),
        (working("97", models=resident(900)), "ollama", "passed", "up to 97 % busy"),
        (working("97", models=resident(600)), "ollama", "failed", "600 of 900 bytes on the card"),
        (working("97", models=resident(0)), "ollama", "failed", "0 of 900 bytes on the card"),
        (working("97", models=resident(900, name="other:7b")), "ollama", "failed", "not loaded"),
        (working("97", models=resident(None)), "ollama", "error", "size_vram"),
        (working("97", models=lambda: None), "ollama", "error", "None"),
    ],
    ids=["works", "idle", "not_available", "ollama", "a_part", "on_the_cpu", "another_model", "no_size", "no_list"],
)
def test_card_works(
    host: FakeShell, engine: str, outcome: str, says: str, gateway: FakeGateway, target: MakeTarget
) -> None:
    finding = ask("card_works", on_card(target, host, engine, MODEL))
    assert (finding.outcome, says in f"{finding.measured} {finding.found}") == (outcome, True), finding


def test_of_two_engines_each_is_given_something_to_do(gateway: FakeGateway, target: MakeTarget) -> None:
    aim = on_card(target, working("97"), model=MODEL)
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
