"""The gate in a deployment: open, or the end of it with its reason; gone where no GPU is planned."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from deploy.facts.files import Path as Found
from deploy.facts.files import PathState
from deploy.facts.gpu_gate import GateState
from deploy.facts.units import Unit, UnitState
from deploy.operations import gpu_gate
from deploy.operations.gpu_gate import gate_is_open, no_gate
from deploy.operations.units import known
from deploy.remove import first_what_starts_others, stopped
from tests.unit.deploy.conftest import PaperHost

OPEN = {"ok": True, "settings": sha256(b"asked").hexdigest(), "reason": "1 x RTX 4090"}
STATIC = Unit(exists=True, loaded_anew=True, enabled=True, active=False)


def test_an_open_gate_is_not_asked_again(host: PaperHost) -> None:
    host.facts[GateState] = OPEN
    assert host.does(gate_is_open, text="asked", engine="e.service") == []


@pytest.mark.parametrize("state", [{}, OPEN | {"ok": False}, OPEN | {"settings": "of another plan"}])
def test_the_gate_is_asked_before_the_engine_is_waited_for(host: PaperHost, state: dict[str, object]) -> None:
    host.facts[GateState] = state
    enabled, asked = host.does(gate_is_open, text="asked", engine="e.service")
    assert enabled.endswith("systemctl enable --quiet e.service")
    assert asked.startswith("systemctl start eigenherd-gpu-gate.service || {")


def test_its_reason_is_the_last_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "gate.json"
    state.write_text(json.dumps({"ok": False, "reason": "the card fell off the bus: reboot", "at": ""}, indent=1))
    told = gpu_gate.TOLD.replace(gpu_gate.STATE, str(state))
    said = subprocess.run(["sh", "-c", told], capture_output=True, text=True, check=True).stdout
    assert said == "the card fell off the bus: reboot\n"


def test_systemd_knows_the_files_of_a_unit_that_others_start(host: PaperHost) -> None:
    host.facts[UnitState] = STATIC
    assert host.does(known, unit="a.service") == []
    host.facts[UnitState] = Unit(exists=True, loaded_anew=False, enabled=True, active=False)
    assert host.does(known, unit="a.service") == ["systemctl daemon-reload"]


def test_nothing_of_it_is_left(host: PaperHost) -> None:
    paths = ["/opt/eigenherd/bin/gpu_gate.py", "/etc/eigenherd/gpu.json"]
    host.facts[PathState] = None
    assert host.does(no_gate, units=("a.timer", "a.service"), paths=paths) == []
    host.facts[PathState] = Found("file", "root", "root", "644")
    first, _, last = host.does(no_gate, units=("a.timer", "a.service"), paths=paths)
    assert "disable --quiet --now a.timer a.service" in first
    assert last.startswith(f"rm -rf {' '.join(paths)} /run/eigenherd-gpu && ")


def test_a_removal_stops_first_what_starts_others(host: PaperHost) -> None:
    units = ["b.service", "a.service", "z.timer", "y.path"]
    assert sorted(units, key=first_what_starts_others) == ["y.path", "z.timer", "a.service", "b.service"]
    host.facts[UnitState] = STATIC
    [command] = host.does(stopped, unit="a.service")
    assert command.startswith("systemctl disable --quiet --now a.service && ") and "reset-failed" in command
