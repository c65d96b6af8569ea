"""What a simulated card says is what the checks of real ones take for healthy, or for the fault that was injected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plan import catalog
from tests.unit.stacks.sandbox.simulation.simulated import ENGINE_PID, Simulated, simulated_machine, target_of
from verify.check import CheckFailed, CouldNotTell, Finding
from verify.registry import all_checks

CHECKS = {check.name: check for check in all_checks()}
ELSEWHERE = {"gpu_containers", "gpu_dkms", "gpu_environment", "gpu_held", "gpu_next_kernel", "gpu_nodes", "gpu_real"}
ELSEWHERE |= {"gpu_gate"}
# Those of stage `watch` whose answers are stood in for; the others ask a userland that is real.
BY_TOOLS = [name for name, check in CHECKS.items() if check.gpu and check.stage == "watch" and name not in ELSEWHERE]
# A profile is known, and no switch is needed, which is refused.
BOARDS = [row.name for row in catalog.gpus() if catalog.board(row.name) and not row.nvswitch]

Machine = Callable[..., Simulated]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    def make(name: str = "RTX 4090", count: int = 1) -> Simulated:
        made = simulated_machine(name, tmp_path, monkeypatch, count)
        assert made.load() == [0, 0]
        return made

    return make


def asked(check: str, name: str, host: Simulated, count: int = 1) -> Finding:
    try:
        return CHECKS[check].run(target_of(name, host, count))
    except CouldNotTell as error:
        return Finding(outcome="error", wanted=error.wanted, found=error.found)
    except CheckFailed as error:
        return Finding(outcome="failed", wanted=error.wanted, found=error.found)


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_is_healthy_until_a_fault_is_injected(board: str, machine: Machine) -> None:
    host = machine(board, count=2)
    findings = {name: asked(name, board, host, count=2) for name in BY_TOOLS}
    if float(catalog.gpu(board).compute_capability) < 7.5:  # it needs the proprietary modules, and these are open ones
        assert findings.pop("gpu_module_kind").outcome == "failed"
    profile = catalog.board(board)
    assert profile
    # What nobody knows of a board is not told of it.
    unknown = {"gpu_power_limit": profile.power_w is None, "gpu_nvlink": profile.nvlink is None}
    wrong = {name: finding for name, finding in findings.items() if finding.outcome not in ("passed", "skipped")}
    assert set(wrong) <= {name for name in unknown if unknown[name]}, wrong


FAULTS: dict[str, tuple[str, dict[str, object]]] = {
    "too little memory": ("gpu_memory", {"card": 0, "field": "memory.total", "value": "12282"}),
    "another card": ("gpu_present", {"card": 0, "field": "name", "value": "NVIDIA GeForce RTX 4080"}),
    "an error of its memory": (
        "gpu_ecc_errors",
        {"card": 0, "field": "ecc.errors.uncorrected.volatile.total", "value": "3"},
    ),
    "a mode that waits": ("gpu_ecc_mode", {"card": 0, "field": "ecc.mode.pending", "value": "Enabled"}),
    "a lower limit": ("gpu_power_limit", {"card": 0, "field": "power.limit", "value": "300.00"}),
    "a reset is asked for": ("gpu_recovery", {"card": 0, "field": "gpu_recovery_action", "value": "Reset"}),
    "persistence is off": ("gpu_persistence", {"card": 0, "field": "persistence_mode", "value": "Disabled"}),
    "a fabric": ("gpu_fabric", {"card": 0, "field": "fabric.state", "value": "In Progress"}),
    "a bad checksum": ("gpu_inforom", {"card": 0, "field": "inforom.checksum_validation", "value": "invalid"}),
    "memory of nobody": ("gpu_idle_memory", {"card": 0, "field": "memory.used", "value": "9000"}),
    "an answer that is none": ("gpu_persistence", {"card": 0, "field": "persistence_mode", "value": "[Unknown Error]"}),
    "a card that is lost": ("gpu_layers", {"lost": 0}),
    "a card that is not there": ("gpu_answers", {"missing": 0}),
    "a stranger": ("gpu_alone", {"app": "/usr/bin/miner", "pid": 99}),
    "an Xid of the card": ("gpu_xid", {"log": "NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus."}),
    "an Xid that nobody knows": ("gpu_xid", {"log": "NVRM: Xid (PCI:0000:01:00): 999, what is this"}),
    "an Xid of a program": ("gpu_xid_application", {"log": "NVRM: Xid (PCI:0000:01:00): 31, pid=1, MMU Fault"}),
    "the driver is lost": ("gpu_answers", {"smi": {"code": 15, "text": "Unable to determine the device handle"}}),
    "no driver": ("gpu_answers", {"smi": {"code": 9, "text": "NVIDIA-SMI has failed"}}),
    "a corrupted infoROM": ("gpu_inforom", {"smi": {"code": 14, "text": "WARNING: infoROM is corrupted at gpu 0"}}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_turns_its_check_and_heals(fault: str, machine: Machine) -> None:
    host = machine()
    check, injected = FAULTS[fault]
    assert asked(check, "RTX 4090", host).outcome in ("passed", "skipped")
    host.fault(**injected)
    assert asked(check, "RTX 4090", host).outcome in ("failed", "error", "unsupported")
    host.simulate("heal")
    assert asked(check, "RTX 4090", host).outcome in ("passed", "skipped")


def test_a_fault_is_of_one_card_only(machine: Machine) -> None:
    host = machine(count=2)
    host.fault(card=1, field="memory.total", value="[N/A]")
    rows = host.run("nvidia-smi --query-gpu=index,memory.total --format=csv,noheader,nounits").stdout.splitlines()
    assert rows == ["0, 24564", "1, [N/A]"]
    assert host.run("nvidia-smi -L -i 1").stdout.count("GPU ") == 1


def test_two_versions_at_once_are_a_mismatch(machine: Machine) -> None:
    """As after an upgrade without a reboot: the module stays what it was, whatever is installed."""
    host = machine()
    host.installed = host.library = "580.159.03"
    assert host.load() == [0, 0]
    finding = asked("gpu_answers", "RTX 4090", host)
    assert finding.outcome == "failed" and "version mismatch" in finding.found


def test_a_field_that_no_driver_knows_is_refused_by_name(machine: Machine) -> None:
    said = machine().run("nvidia-smi --query-gpu=index,shoe.size --format=csv,noheader")
    assert (said.code, said.stdout) == (2, 'Field "shoe.size" is not a valid field to query.\n')


def test_a_link_that_is_down_is_seen(machine: Machine) -> None:
    host = machine("V100 SXM2 32 GB")
    assert "4 links up" in asked("gpu_nvlink", "V100 SXM2 32 GB", host).measured
    host.fault(card=0, link=2)
    assert "1 of 4 links inactive" in asked("gpu_nvlink", "V100 SXM2 32 GB", host).found


def test_only_the_engine_is_listed_as_computing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its memory is on the card: what the processes really hold, not a word of the engine's."""
    host = machine()
    monkeypatch.setattr("stacks.sandbox.simulation.programs.card.engine", lambda: [(ENGINE_PID, "/usr/bin/llama", 700)])
    said = host.run("nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,nounits")
    assert said.stdout.splitlines()[1].split(", ")[1:] == [ENGINE_PID, "/usr/bin/llama", "700"]
    assert asked("gpu_alone", "RTX 4090", host).outcome == "passed"


def test_what_it_prints_says_that_it_is_simulated(machine: Machine) -> None:
    assert "SIMULATED" in machine().run("nvidia-smi").stdout
