"""Before a restart, whoever is logged in is told, and on his own machine waited for."""

from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import DeployError

from deploy import notice

ANNA, BERND = "Name=anna TTY=tty2 Type=tty Class=user", "Name=bernd TTY= Type=wayland Class=user"


class Paper:
    """Who is logged in, look by look; the last look holds. said: what was written on the terminals."""

    def __init__(self, *looks: str, answers: bool = True) -> None:
        self.looks, self.answers, self.asked = list(looks), answers, 0
        self.said: list[str] = []
        self.host = SimpleNamespace(name="one", connector=self, data={"_sudo": True})

    def run_shell_command(self, command: StringCommand, **arguments: Any) -> tuple[bool, Any]:
        if str(command).startswith("wall "):
            assert arguments["_sudo"]
            self.said.append(str(command))
            return True, SimpleNamespace(stdout="")
        self.asked += 1
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return self.answers, SimpleNamespace(stdout=look, stderr="no such command")


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes only by sleeping."""
    passed: list[float] = []
    monkeypatch.setattr("deploy.notice.time.sleep", passed.append)
    monkeypatch.setattr("deploy.notice.time.monotonic", lambda: sum(passed))
    return passed


def test_where_nobody_is_nobody_is_told_or_waited_for(slept: list[float]) -> None:
    empty = Paper("")
    notice.wait_for_users(None, empty.host)
    notice.announce(None, empty.host)
    assert empty.said == [] and slept == []


def test_users_are_told_once_and_waited_for_until_they_have_gone(slept: list[float]) -> None:
    paper = Paper(f"{ANNA}\n{BERND}", ANNA, ANNA, "")
    notice.wait_for_users(None, paper.host)
    assert len(paper.said) == 1 and "It waits until everybody has logged out" in paper.said[0]
    assert paper.asked == 4 and slept == [notice.PAUSE_S] * 2


def test_who_does_not_go_is_named_and_not_thrown_out(slept: list[float]) -> None:
    with pytest.raises(DeployError, match=r"anna on tty2, bernd on wayland; .*reboot: allowed"):
        notice.wait_for_users(None, Paper(f"{ANNA}\n{BERND}").host)
    assert notice.PATIENCE_S < sum(slept) <= notice.PATIENCE_S + notice.PAUSE_S


def test_a_restart_that_was_allowed_is_announced_with_a_moment_to_save(slept: list[float]) -> None:
    paper = Paper(ANNA)
    notice.announce(None, paper.host)
    assert "restarts in 60 seconds: save your work" in paper.said[0] and slept == [60]


def test_a_machine_that_does_not_tell_is_not_restarted() -> None:
    with pytest.raises(DeployError, match="run `who` there"):
        notice.wait_for_users(None, Paper("", answers=False).host)
