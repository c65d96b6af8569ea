"""Deadlines of the checks that compute, and an engine that comes back whatever happens to the test."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plan.plan import Gpu
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, handover, machine_plan, plan
from tests.unit.verify.test_host_checks import subject
from verify.agenda import waves
from verify.check import Check, CheckFailed, CouldNotTell, DeadlineExceeded
from verify.gateway import Gateway
from verify.quiet import ENGINE, without_engine
from verify.registry import all_checks
from verify.runner import Runner
from verify.target import Target

CASES = Path(__file__).parents[2] / "cases" / "verify"
COMPUTING = [
    check
    for check in all_checks()
    if check.run.__module__.startswith(("verify.checks.load", "verify.checks.torch")) or check.name == "torch_cuda"
]
SSH_MARGIN_S = 15  # what Ssh.run waits beyond a command's own deadline


@dataclass
class Watched(FakeShell):
    """Remembers how long each probe may take; hangs: the probe that never ends."""

    limits_s: list[float] = field(default_factory=list)
    hangs: str = ""

    def probe(
        self,
        name: str,
        params: Mapping[str, object],
        *,
        python: str = "python3",
        root: bool = False,
        timeout_s: float = 60,
    ) -> dict[str, object]:
        self.limits_s.append(timeout_s)
        if name == self.hangs:
            raise DeadlineExceeded(f"probe {name}", timeout_s)
        return super().probe(name, params)


def with_gpu(host: FakeShell, card: Gpu = CARD) -> Target:
    changes: dict[str, object] = {"machines": (machine_plan({"gpu": card}),)}
    given = handover(plan(changes | {"engine": plan().engine.model_copy(update={"device": "cuda"})}))
    return Target(given, given.machines[0], host, Gateway(given), 0.0, given.plan.models[0])


@pytest.mark.parametrize("check", COMPUTING, ids=lambda check: check.name)
def test_a_probe_ends_before_its_check_so_that_its_name_is_known(check: Check) -> None:
    """And before the next one asks the same machine."""
    for path in sorted((CASES / check.name).glob("*.json")):
        case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if case["outcome"] != "passed":
            continue
        target = subject(case)
        host = Watched(target.host.answers, target.host.probes)  # type: ignore[attr-defined]
        check.run(Target(target.handover, target.machine, host, target.gateway, 0.0, target.model))
        assert host.limits_s
        assert sum(limit_s + SSH_MARGIN_S for limit_s in set(host.limits_s)) <= check.timeout_s


def test_a_probe_that_hangs_fails_its_checks_by_name_and_the_others_go_on() -> None:
    healthy = {
        "speed": json.loads((CASES / "gpu_throughput/near_data_sheet.json").read_text())["probes"]["speed"],
        "memory_pattern": {},
    }
    host = Watched({}, healthy, hangs="memory_pattern")
    target = with_gpu(host)
    checks = [check for check in all_checks() if check.name in {"gpu_pattern", "gpu_throughput"}]
    runner = Runner(target.handover, {target.machine.name: host}, target.gateway, lambda _: None)
    results = {result.check: result for result in runner.run(waves(checks, target.handover))}
    assert results["gpu_pattern"].outcome == "failed"
    assert results["gpu_pattern"].wanted == "probe memory_pattern within 150 s"
    assert results["gpu_throughput"].outcome == "passed"


def test_without_a_gpu_in_the_plan_they_are_skipped_and_not_asked() -> None:
    host = Watched()
    given = handover()
    checks = [check for check in COMPUTING if check.gpu]
    results = Runner(given, {"one": host}, Gateway(given), lambda _: None).run(waves(checks, given))
    assert {result.outcome for result in results} == {"skipped"} and len(results) == len(checks) >= 8
    assert not host.limits_s


def test_a_card_without_bfloat16_is_not_asked_for_it() -> None:
    measured = json.loads((CASES / "torch_exact/two_cards.json").read_text())["probes"]["matmul"]
    for card in measured["cards"]:
        card["errors"]["bfloat16"] = "no kernel"
    check = next(check for check in COMPUTING if check.name == "torch_dtypes")
    old = Gpu(name="T4", vram_gib=16, bandwidth_gbs=320, compute_capability="7.5")
    assert check.run(with_gpu(FakeShell({}, {"matmul": measured}), old)).outcome == "passed"
    assert check.run(with_gpu(FakeShell({}, {"matmul": measured}))).outcome == "failed"


READY: dict[str, dict[str, object]] = {"ready": {"ready": True, "seconds": 1.0}}


@pytest.mark.parametrize(
    "error", [CheckFailed("a", "b", "c"), DeadlineExceeded("probe stress", 9), KeyboardInterrupt()]
)
def test_the_engine_is_started_again_whatever_happens(error: BaseException) -> None:
    host = FakeShell({"systemctl|systemd-run": ""}, READY)
    with pytest.raises(type(error)), without_engine(with_gpu(host), 900):
        assert host.commands[-1] == f"systemctl stop {ENGINE}"
        raise error
    assert f"--on-active=900 systemctl start {ENGINE}" in host.commands[0]
    assert host.commands[-2:] == [f"systemctl start {ENGINE}", "systemctl stop eigenherd-engine-again.timer"]


def test_without_a_timer_the_engine_is_not_stopped() -> None:
    host = FakeShell({"systemd-run": (1, "Access denied")}, READY)
    with pytest.raises(CouldNotTell, match="Access denied"), without_engine(with_gpu(host), 900):
        raise AssertionError("the engine must not be stopped")
    assert len(host.commands) == 1


def test_an_engine_that_does_not_come_back_is_said_and_the_timer_left() -> None:
    host = FakeShell({"systemctl start": (1, "Job failed"), "systemctl|systemd-run": ""}, READY)
    # The timer's own command names the start too: it comes first, and may not be taken for it.
    host.answers = {"systemd-run": "", **host.answers}
    with pytest.raises(CheckFailed, match="Job failed"), without_engine(with_gpu(host), 900):
        pass
    assert not any(command == "systemctl stop eigenherd-engine-again.timer" for command in host.commands)


def test_an_engine_is_asked_anew_each_time_it_was_stopped() -> None:
    host = FakeShell({"systemctl|systemd-run": ""}, READY)
    for _ in range(2):
        with without_engine(with_gpu(host), 900):
            pass
    assert host.asked[0] != host.asked[1]
