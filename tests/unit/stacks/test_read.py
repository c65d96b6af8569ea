"""What a refresh reads: differences and failing checks, which the next update mends and judges again."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from plan.errors import ProviderError
from plan.machine import Handover
from plan.plan import Client
from stacks import reach, stage
from stacks.dynamic.deployment import DeploymentProvider
from stacks.dynamic.existing_machine import ExistingMachineProvider
from stacks.dynamic.verification import VerificationProvider
from stacks.existing import machine

REAL = reach.answers
DRIFT = [{"machine": "main", "operation": "Engine | Runs"}]


class Stage:
    """Stands for `stage.hand_over`: notes what was asked, gives what is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[list[str]] = []
        self.summary: dict[str, Any] = {}
        monkeypatch.setattr(stage, "hand_over", self)

    def __call__(self, arguments: list[str], _handover: str, answer: str = "") -> dict[str, Any]:
        self.asked.append(arguments)
        if answer and answer not in self.summary:
            raise ProviderError("an answer", "none", "look")
        return self.summary


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_drift_is_read_shown_as_a_change_and_gone_after_the_update(given: Stage, handover: Handover) -> None:
    provider, props = DeploymentProvider(), {"handover": handover.model_dump_json(), "code": "a"}
    given.summary = {"changed": 0}
    made = provider.create(dict(props)).outs or {}
    assert made["drift"] == [] and made["mended"] == ""
    given.summary = {"differences": DRIFT}
    read = provider.read("deployment", made)
    assert (read.id, read.outs) == ("deployment", {**made, "drift": DRIFT})
    assert given.asked[-1][:3] == ["deploy", "--dry", "--json"]
    assert provider.diff("", {**made, "drift": DRIFT}, props).changes
    assert not provider.diff("", made, props).changes
    given.summary = {"changed": 1}
    mended = provider.update("", {**made, "drift": DRIFT}, props).outs or {}
    assert mended["drift"] == [] and mended["mended"] == mended["run"] != made["run"]


def test_a_deployment_that_mends_nothing_leaves_the_last_mending_as_it_was(given: Stage, handover: Handover) -> None:
    given.summary = {"changed": 0}
    props = {"handover": handover.model_dump_json(), "code": "a"}
    assert (DeploymentProvider().update("", {**props, "mended": "r1", "drift": []}, props).outs or {})["mended"] == "r1"


def verified(handover: Handover) -> dict[str, Any]:
    codes = {"mended": "", "deployed_code": "d", "code": "v"}
    return {"handover": handover.model_dump_json(), "deployed": "r1", **codes}


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "answers", lambda *_: True)


def test_a_failing_check_is_read_and_everything_verified_again(given: Stage, handover: Handover) -> None:
    provider, olds = VerificationProvider(), verified(handover)
    given.summary = {"verdict": "failed", "reason": "sshd (main)", "failing": ["sshd (main)"]}
    read = provider.read("verification", olds).outs or {}
    assert read["failing"] == ["sshd (main)"] and given.asked == [["verify", "--stage", "watch"]]
    assert provider.diff("", read, olds).changes and not provider.diff("", olds, olds).changes
    clients = (*handover.plan.clients, Client(name="anna"))
    more = handover.model_copy(update={"plan": handover.plan.model_copy(update={"clients": clients})})
    given.summary = {"report": "r", "verdict": "passed"}
    outs = provider.update("", read, {**olds, "handover": more.model_dump_json()}).outs or {}
    assert given.asked[-1] == ["verify"] and outs["failing"] == []


def test_a_verification_that_could_not_be_asked_fails_the_refresh(given: Stage, handover: Handover) -> None:
    given.summary = {"verdict": "error", "reason": "wanted a complete handover"}
    with pytest.raises(ProviderError):
        VerificationProvider().read("verification", verified(handover))


def test_a_dead_machine_is_not_asked(given: Stage, handover: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "answers", lambda *_: False)
    outs = VerificationProvider().read("verification", verified(handover)).outs or {}
    assert outs["failing"] == ["unreachable (main)"] and given.asked == []


@pytest.mark.parametrize(("greeting", "answers"), [(b"SSH-2.0-OpenSSH", True), (b"", False), (b"HTTP/1.1", False)])
def test_a_machine_answers_when_its_ssh_server_greets(handover: Handover, greeting: bytes, answers: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=greet, args=(server, greeting), daemon=True).start()
        settings = {"address": "127.0.0.1", "port": server.getsockname()[1]}
        machine = handover.machines[0].model_copy(update=settings)
        assert REAL(machine, handover.plan.machines[0], handover.ssh_config) is answers


def test_a_closed_port_is_no_answer_and_this_computer_needs_none(handover: Handover) -> None:
    machine = handover.machines[0].model_copy(update={"address": "127.0.0.1", "port": 1})
    planned = handover.plan.machines[0]
    assert not REAL(machine, planned, handover.ssh_config)
    this = planned.model_copy(update={"provider_settings": {"address": "this"}})
    assert REAL(machine, this, handover.ssh_config)


def greet(server: socket.socket, greeting: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(greeting)


def test_an_existing_machine_that_does_not_answer_is_looked_at_again(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = {"address": "127.0.0.1", "port": 1, "host_key": "SHA256:x"}
    planned = handover.plan.machines[0].model_copy(update={"provider": "existing", "provider_settings": settings})
    known = handover.machines[0]
    props = {
        "planned": planned.model_dump_json(),
        "home": str(tmp_path / "stack"),
        "machine": known.model_dump(mode="json"),
    }
    monkeypatch.setattr(reach, "answers", lambda *_: False)
    provider = ExistingMachineProvider()
    read = provider.read("existing-main", props)
    assert read.id == "existing-main" and read.outs and read.outs["machine"]["state"] == "stopped"
    assert provider.diff("", read.outs, props).changes and not provider.diff("", props, props).changes
    monkeypatch.setattr(machine, "look", lambda *_: known)
    assert (provider.update("", read.outs, props).outs or {})["machine"]["state"] == "running"
