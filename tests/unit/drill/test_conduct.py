"""The conduct of a drill without a machine: the gateway is a real server that goes away and comes back."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from drill.evidence import Drill
from drill.history import read
from eigenherd import drill as conduct
from eigenherd import locks, pulumi, stages
from plan.errors import PlanError, ProviderError
from plan.machine import Handover, Machine
from stacks import folder, providers
from tests.unit.verify.fake_gateway import running
from tests.unit.verify.fake_stack import KEYS, handover, plan
from tools.relay import Relay

NAME = "paper"
STAGES = ["destroy", "notice", "machine", "preflight", "deployment", "verification"]
ASKED = "{machine: {provider: sandbox}, models: ['smollm2:135m'], clients: [demo], drill: allowed}"


@dataclass
class Paper:
    """A stack on paper. code: what the rebuild ends with. comes_back: whether the gateway answers again."""

    home: Path
    given: Handover
    relay: Relay
    lost: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    number: int = 1
    code: int = 0
    comes_back: bool = True
    asked: Callable[[], int] = lambda: 0
    lose: Callable[[Machine, str], None] | None = None

    def handover(self, _name: str) -> Handover:
        machine = self.given.machines[0].model_copy(update={"instance": f"one-{self.number}"})
        return self.given.model_copy(update={"machines": (machine,)})

    def destroy(self, machine: Machine, _stack: str) -> None:
        self.lost.append(machine.instance)

    def rebuild(self, *arguments: str, **_variables: str) -> int:
        self.ran = list(arguments)
        log = Path(arguments[arguments.index("--event-log") + 1])
        with log.open("w") as file:
            for kind in ("SandboxMachine", "Preflight", "Deployment", "Verification"):
                for event in ("resourcePreEvent", "resOutputsEvent"):
                    metadata = {"op": "create", "type": f"pulumi-python:dynamic:{kind}", "urn": kind}
                    file.write(json.dumps({event: {"metadata": metadata}}) + "\n")
                    file.flush()
                    time.sleep(0.06)
        self.number += 1
        report = {"verdict": "passed", "sentence": "paper works", "machines": [{"instance": f"one-{self.number}"}]}
        place = Path(self.given.folder) / "report"
        place.mkdir(exist_ok=True)
        results = [{"check": "answers", "machine": "one", "severity": "critical", "outcome": "passed"}]
        (place / "report.json").write_text(json.dumps({**report, "results": results}))
        if self.comes_back:
            self.relay.__enter__()
            until(lambda: self.asked() > 0)
        return self.code

    def drills(self) -> list[Drill]:
        return read(self.home / "drills" / NAME)


def until(holds: Callable[[], bool], timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paper]:
    """Its gateway is behind a relay that passes nothing on before the rebuild."""
    with running() as server:
        relay = Relay(("127.0.0.1", server.port))
        made = Paper(tmp_path, handover(plan({}, relay.port), folder=str(tmp_path)), relay)
        made.asked = lambda: server.asked
        monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
        (tmp_path / f"Pulumi.{NAME}.yaml").write_text(f"config:\n  eigenherd:environment: {ASKED}\n")
        monkeypatch.setattr(folder, "HOME", tmp_path)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(pulumi, "stacks", lambda: [NAME])
        monkeypatch.setattr(pulumi, "outputs", lambda _: {"handover": "{}"})
        monkeypatch.setattr(pulumi, "run", made.rebuild)
        monkeypatch.setattr(locks, "clear_dead", lambda _: None)
        monkeypatch.setattr(stages, "handover_of", made.handover)
        monkeypatch.setattr(conduct, "machines_of", lambda name: list(made.handover(name).machines))
        monkeypatch.setattr(conduct, "rebuilders", lambda: ["sandbox"])
        monkeypatch.setattr(providers, "load", lambda _: SimpleNamespace(lose=made.lose or made.destroy))
        monkeypatch.setattr(conduct, "SILENT_WITHIN_S", 0.5)
        yield made
        relay.__exit__(None, None, None)


def test_what_was_lost_comes_back(paper: Paper) -> None:
    assert conduct.drill(NAME) == 0
    (seen,) = paper.drills()
    assert paper.lost == ["one-1"] and paper.ran[:2] == ["up", "--yes"] and "--refresh" in paper.ran
    assert seen.machines[0].before == "one-1" and seen.machines[0].after == "one-2"
    assert [stage.name for stage in seen.stages] == STAGES
    assert seen.rto_s is not None and seen.rto_s > seen.stages[0].ended_s
    written = "".join(path.read_text() for path in (paper.home / "drills" / NAME).iterdir())
    assert not [key for key in KEYS.values() if key in written]


def test_a_gateway_that_stays_away_is_a_failure(paper: Paper, capsys: pytest.CaptureFixture[str]) -> None:
    paper.comes_back = False
    assert conduct.drill(NAME) == 1
    assert paper.drills()[0].reasons == ("no correct answer came through the gateway",)
    assert "did not come back as it was: no correct answer" in capsys.readouterr().out


def test_a_failed_rebuild_is_a_failure_although_it_answers(paper: Paper) -> None:
    paper.code = 255
    assert conduct.drill(NAME) == 1
    assert paper.drills()[0].outcome == "failed" and "the rebuild failed" in paper.drills()[0].reasons[0]


def test_what_still_answers_was_not_destroyed(paper: Paper) -> None:
    paper.lose = lambda _machine, _stack: paper.relay.__enter__() and None
    paper.comes_back = False
    assert conduct.drill(NAME) == 2
    assert "something answered after the destroy: correct answer" in paper.drills()[0].reasons


def test_a_destroy_that_fails_is_rebuilt_all_the_same(paper: Paper) -> None:
    def refuse(_machine: Machine, _stack: str) -> None:
        raise ProviderError("machine one ends", "still there: process 7", "see `dmesg`")

    paper.lose = refuse
    assert conduct.drill(NAME) == 2
    assert "the destroy failed: still there: process 7" in paper.drills()[0].reasons and paper.ran


def test_a_machine_of_another_provider_in_the_state_is_left_alone(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conduct, "rebuilders", lambda: ["elsewhere"])
    with pytest.raises(PlanError):
        conduct.lose_and_rebuild(NAME)
    assert not paper.lost and not paper.ran


def test_an_environment_that_is_not_up_is_brought_up_first(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    came_up: list[str] = []
    monkeypatch.setattr(pulumi, "stacks", lambda: [])
    monkeypatch.setattr(conduct.up, "up", lambda name: came_up.append(name) or 0)
    assert conduct.drill(NAME) == 0
    assert came_up == [NAME] and paper.drills()[0].first_up_s is not None


def test_when_that_fails_nothing_is_destroyed(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "stacks", lambda: [])
    monkeypatch.setattr(conduct.up, "up", lambda _: 1)
    with pytest.raises(ProviderError, match="nothing was destroyed"):
        conduct.drill(NAME)
    assert not paper.lost and not paper.drills()
