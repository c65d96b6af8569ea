"""How long the stages took is left where the report looks for it."""

from pathlib import Path

import pytest

from plan.machine import Handover
from stacks import folder, stage
from verify.report import StageTime
from verify.reports.archive import stage_times


def test_the_latest_time_of_each_stage_is_kept(tmp_path: Path) -> None:
    for name, seconds in (("preflight", 1.26), ("deploy", 119.0), ("preflight", 2.0)):
        folder.note_time(tmp_path, name, seconds)
    assert stage_times(tmp_path) == (StageTime(name="deploy", seconds=119), StageTime(name="preflight", seconds=2))


def test_a_deployment_is_timed_and_a_removal_is_not(
    handover: Handover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = handover.model_copy(update={"folder": str(tmp_path / "stack")})
    monkeypatch.setattr(stage, "run", lambda arguments, _text, _answer: {"ran": arguments})
    stage.hand_over(["deploy", "--remove"], given.model_dump_json())
    assert stage_times(tmp_path / "stack") == ()
    assert stage.hand_over(["deploy"], given.model_dump_json()) == {"ran": ["deploy"]}
    assert [time.name for time in stage_times(tmp_path / "stack")] == ["deploy"]
