"""`python -m verify`: its input, its lines, its exit codes."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import KEYS, handover
from verify import __main__ as command
from verify.check import Check, Finding, check, failed, passed
from verify.target import Target


class Closing(FakeShell):
    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*arguments: str, finding: Finding | None = None, text: str | None = None) -> int:
        @check(stage="watch", part="gateway", severity="critical", source="test")
        def door(_: Target) -> Finding:
            """The door holds."""
            return finding or passed("yes")

        checks: tuple[Check, ...] = (door,)
        monkeypatch.setattr(command, "all_checks", lambda: checks)
        monkeypatch.setattr(command, "Ssh", lambda *_: Closing())
        given = handover(folder=str(tmp_path)).model_dump_json() if text is None else text
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        return command.main(arguments)

    return run


def test_passed(run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["one", "door", "passed"]
    assert all(line.split()[0] in {"one", "stack"} for line in lines[:-1])
    last = json.loads(lines[-1])
    assert last == {"verdict": "passed", "report": str(tmp_path / "report" / "report.html"), "failing": []}
    assert Path(last["report"]).exists()


def test_failed_names_the_check_and_no_measurement(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(finding=failed("shut", f"open with {KEYS['anna']}", "shut it")) == 1
    out = capsys.readouterr().out
    last = json.loads(out.splitlines()[-1])
    assert last["reason"].startswith("door (one); report: ")
    assert KEYS["anna"] not in out


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        (("--parts", "gatway"), None, "gatway"),
        ((), "{}", "complete handover"),
        (("--parts", "torch"), None, "no check was asked"),
    ],
)
def test_asked_wrongly(
    arguments: tuple[str, ...],
    text: str | None,
    says: str,
    run: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*arguments, text=text) == 2
    assert says in capsys.readouterr().out


def test_an_unknown_stage_is_refused(run: Callable[..., int]) -> None:
    with pytest.raises(SystemExit) as error:
        run("--stage", "weekly")
    assert error.value.code == 2
