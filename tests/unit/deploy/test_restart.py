"""A machine that is started anew in the middle of a run is waited for by its boot id."""

from types import SimpleNamespace
from typing import Any

import pytest
from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError, DeployError

from deploy import restart
from deploy.restart import BOOTED, REBOOT


class PaperMachine:
    """boots: what each connection after the restart finds; None is a connection that fails."""

    is_alive = True
    error: Exception = ConnectError("the machine refuses our key")

    def __init__(self, boots: list[str | None], obeys: bool = True) -> None:
        self.boots, self.obeys, self.now, self.asked = boots, obeys, "first", [""]

    def run_shell_command(self, command: StringCommand, **arguments: Any) -> tuple[bool, Any]:
        self.asked.append(str(command))
        if str(command) == REBOOT:
            assert arguments["_sudo"]
            return self.obeys, SimpleNamespace(stdout="")
        return True, SimpleNamespace(stdout=f"{self.now}\n")

    def reconnect(self) -> None:
        self.is_alive = False
        boot = self.boots.pop(0) if self.boots else None
        if boot is None:
            raise self.error
        self.is_alive, self.now = True, boot


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "PAUSE_S", 0)


def start_anew(machine: PaperMachine) -> None:
    restart.restart(None, SimpleNamespace(name="one", connector=machine, data={"_sudo": True}))


@pytest.mark.parametrize(
    "error", [ConnectError("refused"), SSHException("no session"), EOFError(), OSError("no route to host")]
)
def test_it_is_back_when_its_boot_id_is_another(error: Exception) -> None:
    machine = PaperMachine(["first", None, None, "second"])
    machine.error = error
    start_anew(machine)
    assert machine.boots == [] and machine.asked.count(REBOOT) == 1 and machine.asked[-1] == BOOTED


def test_one_that_does_not_come_back_is_told_with_its_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "BOUND_S", 0.05)
    with pytest.raises(DeployError, match="refuses our key; look at its console"):
        start_anew(PaperMachine([]))


def test_one_that_does_not_obey_is_told_at_once() -> None:
    machine = PaperMachine([], obeys=False)
    with pytest.raises(DeployError, match="does not restart"):
        start_anew(machine)
