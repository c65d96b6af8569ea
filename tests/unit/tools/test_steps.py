"""Set-up says what it will do, does only that, and stops with the reason."""

import sys
from dataclasses import dataclass, field

import pytest

from tools import steps
from tools.checkout import SetupError
from tools.progress import run


@dataclass
class FakeStep:
    words: str | None
    error: str = ""
    made: list[str] = field(default_factory=list)

    def missing(self) -> str | None:
        return None if self.made else self.words

    def make(self) -> None:
        if self.error:
            raise SetupError(self.error)
        self.made.append("made")


def test_only_what_is_missing_is_made(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    there, needed = FakeStep(None), FakeStep("packages: curl, 1 MB")
    monkeypatch.setattr(steps, "STEPS", (there, needed))
    assert steps.main() == 0
    assert (there.made, needed.made) == ([], ["made"])
    assert capsys.readouterr().out == "set-up, once:\n  packages: curl, 1 MB\nset-up: packages ready after 0 s\n"


def test_a_second_time_says_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(steps, "STEPS", (FakeStep(None),))
    assert steps.main() == 0
    assert capsys.readouterr().out == ""


def test_it_stops_at_the_first_that_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    later = FakeStep("later")
    monkeypatch.setattr(steps, "STEPS", (FakeStep("first", error="no network\n  -> connect"), later))
    assert steps.main() == 1
    assert capsys.readouterr().err == "set-up: no network\n  -> connect\n"
    assert later.made == []


def test_a_command_that_fails_is_shown() -> None:
    with pytest.raises(SetupError, match=r"building failed(.|\n)*out of disk"):
        run("building", [sys.executable, "-c", "exit('out of disk')"], counts=bool, unit="lines")


def test_a_command_that_works_is_counted() -> None:
    printing = "for name in ('a', 'b'): print('got', name)"
    assert run("fetching", [sys.executable, "-c", printing], counts=bool, unit="lines") == ["got a\n", "got b\n"]
