"""Stage times out of Pulumi's event log, as its lines come."""

import json
import time
from pathlib import Path

from drill.timeline import Follower, Timeline, first_line, stage_of

MACHINE = "pulumi-python:dynamic:SandboxMachine"


def event(kind: str, op: str, resource: str = MACHINE) -> dict[str, object]:
    return {"sequence": 1, "timestamp": 1795563011, kind: {"metadata": {"op": op, "type": resource, "urn": "u"}}}


def test_a_refresh_is_no_stage_and_two_machines_are_one() -> None:
    timeline = Timeline()
    timeline.note(event("resourcePreEvent", "refresh"), 1.0)
    timeline.note(event("resOutputsEvent", "refresh"), 1.5)
    timeline.note(event("resourcePreEvent", "create"), 2.0)
    timeline.note(event("resourcePreEvent", "create"), 2.5)
    timeline.note(event("resOutputsEvent", "create"), 4.0)
    timeline.note(event("resOutputsEvent", "create"), 9.25)
    timeline.note(event("resourcePreEvent", "update", "pulumi-python:dynamic:Preflight"), 9.5)
    timeline.note(event("resOutputsEvent", "update", "pulumi-python:dynamic:Preflight"), 10.0)
    destroy, notice, machine, preflight = timeline.stages(0.75)
    assert (destroy.seconds, notice.began_s, notice.seconds) == (0.75, 0.75, 1.25)
    assert (machine.name, machine.began_s, machine.ended_s) == ("machine", 2.0, 9.25)
    assert (preflight.name, preflight.seconds, preflight.failed) == ("preflight", 0.5, False)


def test_a_stage_that_failed_is_named_with_the_error() -> None:
    timeline = Timeline()
    verification = "pulumi-python:dynamic:Verification"
    timeline.note(event("resourcePreEvent", "update", verification), 1.0)
    message = "<{%fg 1%}>error: <{%reset%}>`verify` succeeds: found auth_refused (main)\n  -> more\n"
    timeline.note({"diagnosticEvent": {"severity": "info", "message": "main  auth_refused failed"}}, 2.0)
    timeline.note({"diagnosticEvent": {"severity": "error", "message": message}}, 2.0)
    timeline.note(event("resOpFailedEvent", "update", verification), 3.0)
    assert timeline.failed == ["verification"] and timeline.stages(0)[-1].failed
    assert timeline.errors == ["error: `verify` succeeds: found auth_refused (main)"]


def test_what_is_no_stage_is_left_out() -> None:
    kinds = [f"pulumi-python:dynamic:{name}" for name in ("Secret", "Mirror", "ExistingMachine", "Deployment")]
    assert [stage_of(kind) for kind in kinds] == [None, None, "machine", "deployment"]
    assert first_line("\x1b[31m \n") == ""


def test_a_log_is_followed_while_it_grows_also_over_half_lines(tmp_path: Path) -> None:
    timeline, log = Timeline(), tmp_path / "events.json"
    follower = Follower(log, timeline, time.monotonic())
    follower.start()
    line = json.dumps(event("resourcePreEvent", "create")) + "\n"
    with log.open("w") as file:
        file.write(line[:20])
        file.flush()
        time.sleep(0.15)
        assert timeline.began == {}
        file.write(line[20:] + json.dumps(event("resOutputsEvent", "create")) + "\n")
    follower.end()
    assert set(timeline.began) == set(timeline.ended) == {"machine"}


def test_a_log_that_never_comes_ends_too(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "none", Timeline(), time.monotonic())
    follower.start()
    follower.end()
    assert not follower.is_alive()
