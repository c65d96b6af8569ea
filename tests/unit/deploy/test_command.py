"""What the command says at its end: exit code and summary."""

import json

import pytest

from deploy.command import exit_code, main, summary
from deploy.run import Outcome, Step


def test_done_is_zero_and_says_how_much_changed() -> None:
    outcome = Outcome(operations=3, changed=[Step("one", "Gateway | Clients")])
    assert exit_code(outcome) == 0
    assert summary(outcome, dry=False, seconds=1.26) == {"changed": 1, "operations": 3, "seconds": 1.3}


def test_a_dry_run_names_what_differs() -> None:
    outcome = Outcome(operations=3, changed=[Step("one", "Gateway | Clients")])
    assert summary(outcome, dry=True, seconds=1)["differences"] == [
        {"machine": "one", "operation": "Gateway | Clients"}
    ]


def test_a_failed_operation_is_one_and_named_with_its_last_word() -> None:
    outcome = Outcome(failed=[Step("one", "Engine | Runs", "loading\nout of memory\n")])
    assert exit_code(outcome) == 1
    assert summary(outcome, dry=False, seconds=1)["reason"] == "one: Engine | Runs: out of memory"


def test_a_machine_out_of_reach_is_two() -> None:
    assert exit_code(Outcome(failed=[Step("one", "Connect", "no SSH for 90 s")])) == 2


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"secrets": {"clients": {"anna": "eh-secret"}}})])
def test_a_wrong_handover_is_two_and_shows_no_secret(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert main([]) == 2
    said = capsys.readouterr().out
    assert said.startswith("stack: ") and "eh-secret" not in said
