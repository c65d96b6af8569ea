"""A run over machines that are not there: phases, failures, and mistakes that must not look like success."""

from collections.abc import Callable
from typing import Any

import pytest
from pyinfra.api.exceptions import ConnectError, DeployError
from pyinfra.api.host import Host

from deploy.connector import Unreachable
from deploy.display import Display
from deploy.run import Run, Step
from plan.machine import Handover, Machine
from tests.render.examples import handovers

PAIR = handovers()["pair"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Two hosts that connect to nothing."""
    monkeypatch.setattr(Host, "connect", lambda host, **_: None)
    return Run(PAIR, Display(PAIR), dry=False, patience_s=90)


def raising(error: Exception, only: str = "") -> Callable[..., Any]:
    def job(handover: Handover, machine: Machine) -> None:
        if machine.name == only or not only:
            raise error

    return job


def test_machines_that_have_nothing_to_do_are_done(run: Run) -> None:
    outcome = run.perform(lambda handover, machine: None)
    assert (outcome.operations, outcome.changed, outcome.failed) == (0, [], [])


def test_what_cannot_be_prepared_is_told_of_its_machine(run: Run) -> None:
    outcome = run.perform(raising(DeployError("ssh_allow lets nobody in"), only="second"))
    assert [(step.machine, step.operation, step.cause) for step in outcome.failed] == [
        ("second", "Prepare", "ssh_allow lets nobody in")
    ]


def test_a_machine_out_of_reach_stops_the_run_before_anything_changes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(host: Host, **_: object) -> None:
        if host.name == "first":
            raise ConnectError("no SSH for 90 s")

    monkeypatch.setattr(Host, "connect", connect)
    prepared: list[str] = []
    outcome = run.perform(lambda handover, machine: prepared.append(machine.name))
    assert prepared == ["second"]
    assert [(step.machine, step.operation) for step in outcome.failed] == [("first", "Connect")]


def test_to_who_only_looks_a_machine_out_of_reach_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(host: Host, **_: object) -> None:
        if host.name == "first":
            raise Unreachable("no SSH for 5 s")

    monkeypatch.setattr(Host, "connect", connect)
    prepared: list[str] = []
    outcome = Run(PAIR, Display(PAIR), dry=True, patience_s=5).perform(
        lambda handover, machine: prepared.append(machine.name)
    )
    assert outcome.failed == [] and prepared == ["second"]
    assert outcome.changed == [Step("first", "unreachable: no SSH for 5 s")]


def test_a_wrong_host_key_is_a_failure_also_when_only_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(host: Host, **_: object) -> None:
        raise ConnectError("the host key is not the machine's")

    monkeypatch.setattr(Host, "connect", connect)
    outcome = Run(PAIR, Display(PAIR), dry=True, patience_s=5).perform(lambda *_: None)
    assert [step.operation for step in outcome.failed] == ["Connect", "Connect"] and outcome.changed == []


def test_a_mistake_of_ours_is_no_success(run: Run) -> None:
    with pytest.raises(KeyError, match="anna"):
        run.perform(raising(KeyError("anna")))
