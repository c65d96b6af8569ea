"""A stage as a subprocess: its lines are shown, its summary returned, its failure named without secrets."""

from pathlib import Path

import pytest

from plan.errors import ProviderError
from stacks import digest, stage

ECHO = """
import json, sys
given = sys.stdin.read()
print("main | working", flush=True)
print(json.dumps({"length": len(given), "reason": "engine_closed failed"}))
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "echo_stage.py").write_text(ECHO)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "echo_stage"


def test_lines_are_shown_and_the_summary_is_returned(echo: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert stage.run([echo, "0"], "x" * 100_000)["length"] == 100_000
    assert capsys.readouterr().out == "main | working\n"


def test_a_failure_names_the_reason_and_never_the_input(echo: str) -> None:
    with pytest.raises(ProviderError) as raised:
        stage.run([echo, "1"], "eh-planted")
    assert "engine_closed failed" in str(raised.value)
    assert "eh-planted" not in str(raised.value)


def test_what_was_asked_for_is_an_answer_whatever_the_exit_code(echo: str) -> None:
    assert stage.run([echo, "1"], "x", answer="length")["length"] == 1
    with pytest.raises(ProviderError):
        stage.run([echo, "1"], "x", answer="differences")


def test_a_changed_file_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "a.py").write_text("1")
    before = digest.code_digest("deploy")
    (tmp_path / "deploy" / "a.py").write_text("2")
    assert digest.code_digest("deploy") != before
