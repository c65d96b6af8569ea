"""installimage watched: an exit code, an editor, silence and a cut connection, each told apart."""

from collections.abc import Iterator
from typing import cast

import pytest

from plan.errors import ProviderError
from stacks.robot import installation
from stacks.robot.client import Robot
from stacks.robot.installimage import Drive
from stacks.robot.shell import Shell

CUT = ProviderError("main to answer over SSH", "nothing in 60 s", "try again")


class Said:
    """A rescue system that answers each question with the next of these, and remembers what it was told to run."""

    def __init__(self, *answers: str | ProviderError) -> None:
        self.answers: Iterator[str | ProviderError] = iter(answers)
        self.scripts: list[tuple[str, str]] = []

    def run(self, script: str, text: str = "", timeout_s: float = 60) -> str:
        self.scripts.append((script, text))
        if script not in (installation.STATE, installation.LOOK):
            return ""
        answer = next(self.answers)
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    @property
    def shell(self) -> Shell:
        return cast(Shell, self)


def state(code: str, size: int, *lines: str) -> str:
    return "\n".join([f"code={code}", f"size={size}", *lines])


def test_it_is_followed_until_its_exit_code(robot: Robot, waits: list[float]) -> None:
    installation.follow(robot, Said(state("", 1), CUT, state("", 2), state("0", 3)).shell)
    assert len(waits) == 3


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([state("1", 9, "line=FAILED to extract")], "exit code 1: FAILED to extract"),
        ([state("", 9, "editor=yes", "line=An error occured")], "an editor on its console: An error occured"),
        ([state("", 9)] * 99, "silent for 300 s"),
        ([state("", n) for n in range(999)], "not done after 1800 s"),
        ([CUT] * 99, "nothing in 60 s"),
    ],
)
def test_whatever_ends_it_is_said(robot: Robot, answers: list[str | ProviderError], said: str) -> None:
    with pytest.raises(ProviderError) as caught:
        installation.follow(robot, Said(*answers).shell)
    assert said in str(caught.value)


def test_what_is_secret_goes_in_through_a_pipe_and_is_gone_in_the_end(robot: Robot) -> None:
    said = Said(state("0", 1))
    installation.install(robot, said.shell, "CONFIG", ["nvme0n1", "nvme1n1"], "PRIVATE KEY")
    assert [text for _, text in said.scripts if text] == ["CONFIG", "PRIVATE KEY"]
    assert not [script for script, _ in said.scripts if "PRIVATE" in script]
    wiped = next(script for script, _ in said.scripts if "wipefs" in script)
    assert "/dev/nvme0n1 /dev/nvme1n1" in wiped
    started = next(script for script, _ in said.scripts if "nohup" in script)
    assert "TERM=xterm" in started and "</dev/null" in started and "echo $? >" in started
    assert said.scripts[-1][0].startswith(f"rm -rf {installation.HOME}")


def test_the_ground_is_read_and_another_system_is_left_alone() -> None:
    lines = ["host=rescue", "tool=yes", "uefi=yes", "image=Debian-12-x", "drive=nvme0n1 960197124096"]
    ground = installation.look(Said("\n".join(lines)).shell)
    assert ground.uefi and ground.drives == (Drive("nvme0n1", 960197124096),) and ground.images == ("Debian-12-x",)
    with pytest.raises(ProviderError, match="nothing was changed on it"):
        installation.look(Said("host=ki\ntool=yes").shell)
