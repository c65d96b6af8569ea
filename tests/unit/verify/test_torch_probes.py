"""The probes of torch, run with a stand-in for it: two healthy cards pass, one flipped bit on one of them does not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy
import pytest

from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, handover, machine_plan, plan
from tests.unit.verify.fake_torch import FakeTorch, OutOfMemoryError, Tensor, flip, load, printed
from verify.check import CheckFailed, CouldNotTell, Finding
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.target import Target

CHECKS = {check.name: check for check in all_checks()}
NAMES = ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090")
ROOM = {"matmul": 2**32, "memory_pattern": 2**21, "transfer": 2**20, "speed": 2**23, "stress": 2**20}
SMALL: dict[str, dict[str, object]] = {
    "matmul": {"SMALL": 16, "LARGE": 64, "MIDDLE": 32, "REPEATS": {"cpu": 3, "cuda": 3}},
    "memory_pattern": {"BLOCK": {"cpu": 2**16, "cuda": 2**16}, "FREE_ON_CPU": ROOM["memory_pattern"]},
    "transfer": {"SIZE": {"cpu": 2**12, "cuda": 2**12}, "RESERVE": 0},
    "speed": {
        "SHAPES": ((32, 32, 32), (64, 32, 16)),
        "RESERVE": 0,
        "LEAST_COPY": 2**21,
        "CPU_COPY": 2**16,
        "CPU_SHAPES": [(32, 32, 32)],
    },
    "stress": {"SIDES": (64,), "SIDE_ON_CPU": 32, "RESERVE": 0},
}
PROBES = {
    "torch_exact": "matmul",
    "torch_dtypes": "matmul",
    "torch_repeatable": "matmul",
    "gpu_pattern": "memory_pattern",
    "gpu_stress": "stress",
}

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A probe's answer, with this torch and small sizes."""

    def run(name: str, torch: FakeTorch, **asked: object) -> dict[str, Any]:
        torch.free = torch.free or ROOM[name]
        module = load(name, torch, monkeypatch)
        for key, value in SMALL[name].items():
            monkeypatch.setattr(module, key, value)
        return printed(module, {"device": "cuda" if torch.names else "cpu", "duration_s": 0} | asked, monkeypatch)

    return run


def judge(check: str, measured: dict[str, Any]) -> Finding:
    changes: dict[str, object] = {"machines": (machine_plan({"gpu": CARD}),)}
    given = handover(plan(changes | {"engine": plan().engine.model_copy(update={"device": "cuda"})}))
    host = FakeShell({}, {PROBES[check]: measured})
    target = Target(given, given.machines[0], host, Gateway(given), 0.0, given.plan.models[0])
    try:
        return CHECKS[check].run(target)
    except CheckFailed as error:
        return Finding(outcome="failed", wanted=error.wanted, found=error.found)
    except CouldNotTell as error:
        return Finding(outcome="error", wanted=error.wanted, found=error.found)


def now_and_then(fault: Callable[[Tensor], None]) -> Callable[[Tensor], None]:
    calls: list[int] = []

    def some(result: Tensor) -> None:
        calls.append(1)
        if len(calls) % 3 == 0:
            fault(result)

    return some


@pytest.mark.parametrize("check", ["torch_exact", "torch_dtypes", "torch_repeatable", "gpu_pattern"])
def test_two_healthy_cards_pass(check: str, ask: Ask) -> None:
    finding = judge(check, ask(PROBES[check], FakeTorch(NAMES)))
    assert finding.outcome == "passed", finding


@pytest.mark.parametrize(
    ("check", "work", "fault"),
    [
        ("torch_exact", "matmul", flip()),
        ("torch_repeatable", "matmul", now_and_then(flip(0))),
        ("torch_dtypes", "matmul", flip(30)),
        ("gpu_pattern", "copy", flip(0)),
        ("gpu_stress", "matmul", now_and_then(flip(0))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_flipped_bit_on_one_card_is_found_and_the_card_is_named(
    check: str, work: str, fault: Callable[[Tensor], None], ask: Ask
) -> None:
    finding = judge(check, ask(PROBES[check], FakeTorch(NAMES, faults={(work, "cuda:1"): fault})))
    assert finding.outcome == "failed", finding
    assert finding.found.startswith("card 1 (NVIDIA GeForce RTX 4090): "), finding.found


def test_a_card_that_is_always_wrong_in_the_same_way_differs_from_the_other(ask: Ask) -> None:
    measured = ask("matmul", FakeTorch(NAMES, faults={("matmul", "cuda:1"): flip(0)}))
    assert measured["cards"][1]["mismatches"] == 0 and measured["cards"][1]["differs"] == 2
    assert "card 0's" in judge("torch_repeatable", measured).found


def test_cards_of_different_names_are_not_compared(ask: Ask) -> None:
    torch = FakeTorch((NAMES[0], "NVIDIA RTX A6000"), faults={("matmul", "cuda:1"): flip(0)})
    assert [card["compared_with"] for card in ask("matmul", torch)["cards"]] == [0, 1]


def test_a_minus_that_comes_and_goes_is_a_difference(ask: Ask) -> None:
    """As numbers, -0 equals 0."""

    def negative_zero(result: Tensor) -> None:
        numpy.asarray(result).reshape(-1)[0] = -0.0 if len(calls) % 2 else 0.0
        calls.append(1)

    calls: list[int] = []
    measured = ask("matmul", FakeTorch(NAMES[:1], faults={("matmul", "cuda:0"): negative_zero}))
    assert measured["cards"][0]["mismatches"] > 0


def test_what_is_no_number_is_said(ask: Ask) -> None:
    def not_a_number(result: Tensor) -> None:
        numpy.asarray(result).reshape(-1)[7] = numpy.nan

    measured = ask("matmul", FakeTorch(NAMES[:1], faults={("matmul", "cuda:0"): not_a_number}))
    assert set(measured["cards"][0]["errors"].values()) == {"not finite"}
    assert judge("torch_dtypes", measured).outcome == "failed"


@pytest.mark.parametrize("name", SMALL)
def test_every_probe_runs_on_the_cpu_too(name: str, ask: Ask) -> None:
    measured = ask(name, FakeTorch())
    assert [card["name"] for card in measured["cards"]] == ["CPU"]
    assert "error" not in measured["cards"][0] and "short" not in measured["cards"][0]


@pytest.mark.parametrize("name", SMALL)
def test_planned_cuda_found_none(name: str, ask: Ask) -> None:
    measured = ask(name, FakeTorch(), device="cuda")
    assert measured["cuda_available"] is False and "cards" not in measured
    if check := next((check for check, probe in PROBES.items() if probe == name), None):
        finding = judge(check, measured)
        assert finding.outcome == "failed" and "planned cuda, found none" in finding.found


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("error", "key"), [(RuntimeError, "error"), (OutOfMemoryError, "short")])
def test_a_card_that_gives_up_is_named_and_the_other_measured(
    name: str, error: type[Exception], key: str, ask: Ask
) -> None:
    def give_up(result: Tensor) -> None:
        raise error("CUDA error: unspecified launch failure")

    torch = FakeTorch(NAMES)
    torch.faults = {(work, "cuda:1"): give_up for work in ("matmul", "copy")}
    cards = ask(name, torch)["cards"]
    assert cards[1][key] == "CUDA error: unspecified launch failure"
    assert not cards[0].keys() & {"error", "short"}


@pytest.mark.parametrize("name", SMALL)
def test_a_full_card_is_not_measured(name: str, ask: Ask) -> None:
    measured = ask(name, FakeTorch(NAMES, free=2**8))
    assert all("MiB free" in card["short"] for card in measured["cards"])


def test_a_changed_word_of_a_copy_is_counted(ask: Ask) -> None:
    healthy = ask("transfer", FakeTorch(NAMES))["cards"]
    assert [(card["wrong_words"], card["uuid"]) for card in healthy] == [(0, "uuid-0"), (0, "uuid-1")]
    assert all(card["to_card_gbs"] > 0 < card["from_card_gbs"] for card in healthy)
    broken = ask("transfer", FakeTorch(NAMES, faults={("copy", "cuda:1"): flip()}))["cards"]
    assert [card["wrong_words"] for card in broken] == [0, 1]


def test_old_cards_compute_in_float16(ask: Ask) -> None:
    torch = FakeTorch(("Tesla T4",), capability=(7, 5))
    assert ask("speed", torch)["cards"][0]["matmul_dtype"] == "float16"
    assert ask("stress", torch)["cards"][0]["dtype"] == "float16"
    assert ask("speed", replace(torch, capability=(9, 0)))["cards"][0]["matmul_dtype"] == "bfloat16"
