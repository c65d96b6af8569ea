"""The watch: the gate's word, the proof that the engine is on the card, and an end to attempts."""

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.deploy.gpu_machine import GpuMachine, in_path, program

NOW = 1000.0
SHOWN = {"eigenherd-engine.service": "active", "eigenherd-gpu-responder.service": "inactive"}


class Machine(GpuMachine):
    """With a systemd that answers from a table, and an nvidia-smi that lists `apps`."""

    def units(self, gate: int = 0, restarts: int = 0, anew: bool = False, **states: str) -> None:
        """anew: the engine is another one each time it is asked for."""
        shown = SHOWN | {f"eigenherd-{name}.service": state for name, state in states.items()}
        self.runs(
            "systemctl",
            f"""
            import pathlib, sys
            called = pathlib.Path({str(self.root / "called")!r})
            called.write_text((called.read_text() if called.exists() else "") + " ".join(sys.argv[1:]) + "\\n")
            if sys.argv[1] == "show":
                times = called.read_text().count("show eigenherd-engine")
                lines = "ControlGroup=/engine", "NRestarts={restarts}", f"InvocationID={{times if {anew} else 0}}"
                print("ActiveState=" + {shown!r}[sys.argv[2]], *lines, sep="\\n")
            sys.exit({gate} if sys.argv[1:] == ["start", "eigenherd-gpu-gate.service"] else 0)
            """,
        )

    def apps(self, *pids: str) -> None:
        self.says("nvidia-smi", 0, "\n".join(["pid", *pids]))

    @property
    def called(self) -> str:
        return (self.root / "called").read_text()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Where the engine's processes are 17 and 18."""
    made = program("gpu_watch")
    monkeypatch.setattr(made.time, "time", lambda: NOW)
    (tmp_path / "cgroup/engine/child").mkdir(parents=True)
    (tmp_path / "cgroup/engine/cgroup.procs").write_text("17\n")
    (tmp_path / "cgroup/engine/child/cgroup.procs").write_text("18\n")
    monkeypatch.setattr(made, "CGROUPS", str(tmp_path / "cgroup"))
    return made


@pytest.fixture
def asked() -> list[bytes]:
    """The bodies of the questions that the engine got."""
    return []


@pytest.fixture
def loaded() -> dict[str, bytes]:
    """What Ollama answers, by route."""
    return {"/api/ps": b'{"models": []}'}


@pytest.fixture
def port(asked: list[bytes], loaded: dict[str, bytes]) -> Iterator[int]:
    class Engine(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(loaded[self.path])

        def log_message(self, *_: Any) -> None:
            """Not in the tests' output."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Machine:
    made = Machine(tmp_path / "machine")
    in_path(made, monkeypatch)
    made.wanted["port"] = port
    monkeypatch.setattr(sys, "argv", ["gpu_watch.py", str(made.settings()), str(made.root)])
    made.units()
    made.apps("17")
    return made


def run(watch: ModuleType, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return watch.main(), capsys.readouterr().out.strip()


def test_an_engine_on_the_card_is_left_alone(
    watch: ModuleType, machine: Machine, asked: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(watch, capsys) == (0, "the engine computes on the card")
    machine.apps("4", "18")
    assert run(watch, capsys)[0] == 0
    assert asked == [] and "start --no-block" not in machine.called


def test_an_engine_that_loads_late_is_asked_a_word_first(
    watch: ModuleType, machine: Machine, asked: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = machine.root / "loaded"
    machine.runs(
        "nvidia-smi",
        f"""
        import pathlib
        there = pathlib.Path({str(loaded)!r}).exists()
        pathlib.Path({str(loaded)!r}).touch()
        print("pid", *["17"] * there, sep="\\n")
        """,
    )
    assert run(watch, capsys)[0] == 0
    assert len(asked) == 1 and b'"max_tokens": 1' in asked[0]


@pytest.mark.parametrize(
    ("code", "text"), [(0, "pid"), (0, "pid\n4"), (9, "NVIDIA-SMI has failed"), (0, "17"), (0, "pid\n[N/A]")]
)
def test_an_engine_on_the_cpu_is_stopped_loudly(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str], code: int, text: str
) -> None:
    machine.says("nvidia-smi", code, text)
    failed, line = run(watch, capsys)
    assert failed == 1 and line.startswith("the engine does not compute on the card") and "in 5 minutes" in line
    assert "start --no-block eigenherd-gpu-responder.service" in machine.called
    assert machine.state("watch") == {"ok": False, "reason": line, "chances": 1, "until": NOW + 300, "restarts": 0}


def test_an_engine_without_an_answer_is_no_better(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.apps()
    machine.wanted["port"] = 9
    machine.settings()
    failed, line = run(watch, capsys)
    assert failed == 1 and "did not answer a question: " in line


def test_attempts_come_to_an_end(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.apps()
    waits = []
    for _ in range(4):
        machine.units()
        assert run(watch, capsys)[0] == 1
        until = machine.state("watch")["until"]
        waits.append(until - watch.time.time())
        machine.units(engine="inactive", **{"gpu-responder": "active"})
        (machine.root / "called").unlink()
        assert run(watch, capsys)[0] == 1, "it is held back, and stays failed"
        assert "--no-block eigenherd-engine" not in machine.called
        monkeypatch.setattr(watch.time, "time", lambda until=until: until + 1)
        if len(waits) < 4:
            assert run(watch, capsys)[0] == 0 and "start --no-block eigenherd-engine" in machine.called
    assert waits[:3] == pytest.approx([300, 600, 1200]) and waits[3] > 10**9
    assert "no further attempt" in machine.state("watch")["reason"]
    machine.units()
    machine.apps("17")
    assert run(watch, capsys)[0] == 0, "somebody started it, and it is on the card"
    assert machine.state("watch")["chances"] == 0


def test_a_closed_gate_is_the_gates_own_affair(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.units(gate=1)
    machine.keeps("gate", ok=False, reason="no NVIDIA cards on the PCI bus")
    assert run(watch, capsys) == (0, "the GPU gate is closed: no NVIDIA cards on the PCI bus")


def test_the_engine_starts_when_the_gate_is_open_again(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.units(engine="inactive", **{"gpu-responder": "active"})
    assert run(watch, capsys)[0] == 0
    assert "start --no-block eigenherd-engine.service" in machine.called


def test_one_that_somebody_stopped_stays_stopped(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.units(engine="inactive")
    assert run(watch, capsys) == (0, "the engine is inactive")
    assert "--no-block" not in machine.called


def test_one_that_keeps_ending_is_held_back(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.units(engine="activating", restarts=3)
    assert run(watch, capsys)[0] == 0
    machine.units(engine="activating", restarts=7)
    assert run(watch, capsys)[0] == 0, "four in a minute"
    machine.units(engine="activating", restarts=17)
    code, line = run(watch, capsys)
    assert code == 1 and "ended 10 times in a row" in line


def test_one_that_was_started_anew_meanwhile_is_not_judged(
    watch: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.units(anew=True)
    machine.apps()
    code, line = run(watch, capsys)
    assert code == 0 and "looked at again" in line and "responder" not in machine.called


def test_a_process_that_ends_while_it_is_looked_at_is_none(watch: ModuleType, machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "cgroup/engine/child/cgroup.procs").unlink()
    (tmp_path / "cgroup/engine/child/cgroup.procs").mkdir()  # as unreadable as one that has gone
    assert watch.processes("/engine") == {"17"}
    assert watch.processes("/gone") == set()


def test_what_can_not_be_killed_is_not_waited_for(
    watch: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SMI_S", 0.2)
    monkeypatch.setattr(watch.subprocess.Popen, "kill", lambda process: None)
    machine.runs("nvidia-smi", "import time; time.sleep(20)")
    started = time.monotonic()
    assert watch.on_the_card("/engine") == "nvidia-smi did not answer"
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b'{"models": [{"name": "tiny", "size": 100, "size_vram": 100}]}', ""),
        (b'{"models": [{"name": "tiny", "size": 100, "size_vram": 95}]}', ""),
        (b'{"models": [{"name": "tiny", "size": 100, "size_vram": 40}]}', "there is tiny with 40 of 100 bytes"),
        (b'{"models": [{"name": "tiny", "size": 100, "size_vram": 0}]}', "there is tiny with 0 of 100 bytes"),
        (b"not now", ""),
        (b'{"models": [{"name": "tiny"}]}', ""),
    ],
)
def test_a_model_that_ollama_shares_out_is_on_the_cpu(
    watch: ModuleType,
    machine: Machine,
    loaded: dict[str, bytes],
    capsys: pytest.CaptureFixture[str],
    answer: bytes,
    reason: str,
) -> None:
    loaded["/api/ps"] = answer
    assert run(watch, capsys)[0] == 0, "no Ollama"
    machine.wanted["engine"] = "ollama"
    machine.settings()
    code, line = run(watch, capsys)
    assert code == bool(reason) and reason in line
    machine.units()
    machine.wanted["simulated"] = True
    machine.settings()
    assert watch.elsewhere(machine.wanted) == "", "it computes on the CPU, and says so rightly"


def test_a_look_that_goes_wrong_is_no_reason_to_stop_the_engine(
    watch: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: Any) -> dict[str, str]:
        raise subprocess.TimeoutExpired("systemctl", 1)

    monkeypatch.setattr(watch, "unit", late)
    with pytest.raises(subprocess.TimeoutExpired):
        watch.main()
    assert machine.called == "start eigenherd-gpu-gate.service\n"
