"""The gate: open for the planned card in working order, and closed with a reason for everything else."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.deploy.gpu_machine import CARD, PROGRAMS, GpuMachine, in_path, library, program

HANGS = "import time; time.sleep(60)"


def above(folder: Path) -> list[Path]:
    """What the engine's user has to pass: pytest's folders are root's alone, and more of them in parallel runs."""
    return [parent for parent in folder.parents if Path(tempfile.gettempdir()) in parent.parents]


@pytest.fixture(scope="module")
def cuda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, and the programs where every user may run them."""
    folder = library(tmp_path_factory.mktemp("cuda"))
    for name in ("gpu_gate.py", "gpu_cuda.py"):
        shutil.copy(PROGRAMS / name, folder)
    for path in (folder, *above(folder), folder / "libcuda.so.1"):
        path.chmod(0o755)
    return folder


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, cuda: Path) -> ModuleType:
    """With short deadlines; the library is found by the child that opens it."""
    made = program("gpu_gate", cuda)
    monkeypatch.setattr(made, "SMI_S", 5)
    monkeypatch.setattr(made, "CUDA_S", 5)
    monkeypatch.setattr(made, "AGAIN_S", 0)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(cuda))
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")  # everybody's, unlike that of the tests
    return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GpuMachine:
    for folder in (tmp_path, *above(tmp_path)):
        folder.chmod(0o755)
    made = in_path(GpuMachine(tmp_path / "machine"), monkeypatch)
    monkeypatch.setattr(sys, "argv", ["gpu_gate.py", str(made.settings()), str(made.root)])
    return made


def asked(gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    machine.settings()
    return gate.main(), capsys.readouterr().out.strip()


def test_it_is_open_for_the_planned_card(
    gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = asked(gate, machine, capsys)
    assert (code, line) == (0, "1 x NVIDIA GeForce RTX 4090, driver 580.95.05, CUDA opens")
    state = machine.state()
    assert state["ok"] and state["reason"] == line and state["kernel"] == os.uname().release
    assert (machine.root / "run/eigenherd-gpu/gate.json").stat().st_mode & 0o777 == 0o644


def no_card(machine: GpuMachine) -> None:
    machine.card(0, vendor="0x8086")


def only_its_sound(machine: GpuMachine) -> None:
    machine.card(0, kind="0x040300")


def off_the_bus(machine: GpuMachine) -> None:
    machine.card(0, config=b"\xff" * 64)


def no_module(machine: GpuMachine) -> None:
    (machine.root / "sys/module/nvidia/version").unlink()
    (machine.root / "sys/module/nvidia").rmdir()


def not_built(machine: GpuMachine) -> None:
    no_module(machine)
    machine.says("modinfo", 1, "modinfo: ERROR: Module nvidia not found.")


def nouveau(machine: GpuMachine) -> None:
    no_module(machine)
    machine.module("", name="nouveau")


def two_planned(machine: GpuMachine) -> None:
    machine.wanted["count"] = 2


def one_of_two(machine: GpuMachine) -> None:
    machine.wanted["count"] = 2
    machine.card(1)


def closed_node(machine: GpuMachine) -> None:
    (machine.root / "dev/nvidia-uvm").chmod(0o600)


def smi(code: int, text: str) -> Callable[[GpuMachine], None]:
    return lambda machine: machine.says("nvidia-smi", code, text)


def without(node: str) -> Callable[[GpuMachine], None]:
    return lambda machine: (machine.root / "dev" / node).unlink()


REASONS: dict[str, tuple[Callable[[GpuMachine], None], str]] = {
    "no card": (no_card, "no NVIDIA cards on the PCI bus, 1 x RTX 4090 planned"),
    "only a card's sound": (only_its_sound, "no NVIDIA cards on the PCI bus"),
    "fell off the bus": (off_the_bus, "0000:01:00.0 fell off the bus"),
    "one instead of two": (two_planned, "1 NVIDIA card on the PCI bus, 2 x RTX 4090 planned"),
    "not loaded": (no_module, "module 580.95.05 is there for kernel"),
    "not built": (not_built, "none for kernel"),
    "nouveau": (nouveau, "nouveau has the card"),
    "no nvidia-smi": (lambda machine: machine.runs("nvidia-smi", "import sys; sys.exit(127)"), "not installed"),
    "smi hangs": (lambda machine: machine.runs("nvidia-smi", HANGS), "did not answer within 1 s"),
    "two versions": (
        smi(18, "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 590.48"),
        "the loaded module 580.95.05 and the driver's library are of two versions",
    ),
    "driver not loaded": (smi(9, "NVIDIA-SMI has failed"), "the driver is not loaded"),
    "no device": (smi(6, "No devices were found"), "the driver finds no card"),
    "card lost": (smi(15, "GPU is lost."), "fell off the bus"),
    "unknown code": (smi(77, "strange\nlines"), "nvidia-smi ended with 77: strange"),
    "no list": (smi(0, ""), "lists no card"),
    "one row is broken": (smi(0, "NVIDIA, [N/A]"), "lists no card"),
    "second card is lost to nvidia-smi": (one_of_two, "2 x RTX 4090 planned, nvidia-smi lists"),
    "another card": (smi(0, "0, NVIDIA GeForce RTX 4080, 24564, 580.95.05"), "lists NVIDIA GeForce RTX 4080"),
    "half its memory": (smi(0, "0, NVIDIA GeForce RTX 4090, 12288, 580.95.05"), "12288 MiB of memory"),
    "memory untold": (smi(0, "0, NVIDIA GeForce RTX 4090, [N/A], 580.95.05"), "[N/A] MiB of memory"),
    "old driver": (lambda machine: (machine.module("550.1"), smi(0, "0, RTX 4090, 24564, 550.1")(machine))[0], "550.1"),
    "library of another version": (smi(0, "0, RTX 4090, 24564, 590.48.01"), "library is 590.48.01"),
    "no control node": (without("nvidiactl"), "no device file"),
    "no node of the card": (without("nvidia0"), "no device file of 1 of 1 NVIDIA card"),
    "closed node": (closed_node, "the engine's user cannot open"),
    "no user": (lambda machine: machine.wanted.update(user="nobody-of-us"), "there is no user nobody-of-us"),
}


@pytest.mark.parametrize("name", REASONS)
def test_it_is_closed_with_a_reason(
    gate: ModuleType,
    machine: GpuMachine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    fault, reason = REASONS[name]
    if "hangs" in name:
        monkeypatch.setattr(gate, "SMI_S", 1)
    fault(machine)
    code, line = asked(gate, machine, capsys)
    assert code == 1 and reason in line and len(line.splitlines()) == 1
    state = machine.state()
    assert not state["ok"] and state["reason"] == line


CUDA = {
    "CUDA_FAILS=cuInit": "CUDA: cuInit answers CUDA_ERROR_UNKNOWN",
    "CUDA_FAILS=cuDevicePrimaryCtxRetain": "cuDevicePrimaryCtxRetain answers",
    "CUDA_FAILS=bytes": "gave back other bytes",
    "CUDA_CARDS=0": "CUDA sees 0 of 1 cards",
    "CUDA_HANGS=cuInit": "did not open within 1 s",
    "LD_LIBRARY_PATH=/nowhere": "CUDA's library does not load",
}


@pytest.mark.parametrize("setting", CUDA)
def test_cuda_itself_must_open(
    gate: ModuleType,
    machine: GpuMachine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    monkeypatch.setenv(*setting.split("=", 1))
    if "HANGS" in setting:
        monkeypatch.setattr(gate, "CUDA_S", 1)
    code, line = asked(gate, machine, capsys)
    assert code == 1 and CUDA[setting] in line


def test_a_simulated_card_is_not_opened_and_the_state_says_so(
    gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    machine.wanted["simulated"] = True
    closed_node(machine)
    assert asked(gate, machine, capsys)[0] == 0
    assert machine.state()["simulated"] and machine.state()["cuda"] == "not opened: the card is simulated"


def test_a_card_that_an_engine_fills_is_not_opened_a_second_time(
    gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_FAILS", "cuInit")
    machine.engine("17")
    assert asked(gate, machine, capsys)[0] == 0
    assert machine.state()["cuda"] == "not opened: the engine is at work"
    closed_node(machine)
    assert asked(gate, machine, capsys)[0] == 1


def test_a_running_engine_gets_a_second_look(
    gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = machine.root / "seen"
    answer = f"pathlib.Path({str(seen)!r}).exists()"
    machine.runs(
        "nvidia-smi",
        f"""
        import pathlib, sys
        if {answer}: print("0, {CARD}"); sys.exit(0)
        pathlib.Path({str(seen)!r}).touch(); sys.exit(9)
        """,
    )
    machine.engine("17")
    assert asked(gate, machine, capsys)[0] == 0
    seen.unlink()
    machine.engine()
    assert asked(gate, machine, capsys)[0] == 1


def test_what_can_not_be_killed_is_not_waited_for(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess.Popen, "kill", lambda process: None)
    started = time.monotonic()
    assert gate.answer(["sleep", "20"], 0.2) is None
    assert time.monotonic() - started < 15


def test_what_hangs_since_an_earlier_look_gets_no_company(
    gate: ModuleType, machine: GpuMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    asked_smi = machine.root / "asked"
    machine.runs("nvidia-smi", f"open({str(asked_smi)!r}, 'w')")
    machine.in_gate(str(os.getpid()), "4711")
    code, line = asked(gate, machine, capsys)
    assert code == 1 and "still hangs in the kernel" in line and not asked_smi.exists()
    machine.says("nvidia-smi", 0, f"0, {CARD}")
    machine.in_gate(str(os.getpid()))
    assert asked(gate, machine, capsys)[0] == 0, "it has ended"
    machine.in_gate(str(os.getpid()), "4711", group="/user.slice/session-1.scope")
    assert asked(gate, machine, capsys)[0] == 0, "asked by hand, beside others"


def test_a_program_that_is_missing_has_a_shells_code(gate: ModuleType) -> None:
    assert gate.answer(["nvidia-smi-of-nowhere"], 1)[0] == 127


def test_it_runs_by_itself(machine: GpuMachine, cuda: Path) -> None:
    """As its unit starts it."""
    command = ["/usr/bin/python3", "-I", str(cuda / "gpu_gate.py"), str(machine.settings()), str(machine.root)]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(cuda)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((machine.root / "run/eigenherd-gpu/gate.json").read_text())["cuda"] == "opens"
