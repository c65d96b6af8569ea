"""Figures that move follow what really runs: processes, as the kernel lists them."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from stacks.sandbox.simulation.programs import answers

CARD = {"memory_mib": 24564, "power_w": 450}


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(answers, "PROC", tmp_path)
    monkeypatch.setattr(answers, "state", lambda: {"cards": [CARD, CARD]})
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    for figure in (answers.busy_percent, answers.engine, answers.persistent):
        figure.cache_clear()


def process(proc: Path, pid: int, command: str, ticks: int, pages: int = 0) -> None:
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    (folder / "cmdline").write_bytes(command.replace(" ", "\0").encode())
    (folder / "stat").write_text(f"{pid} (a (strange) name) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0\n")
    (folder / "statm").write_text(f"{pages} {pages} 0 0 0 0 0\n")
    if not (folder / "exe").is_symlink():
        (folder / "exe").symlink_to("/usr/bin/python3")


@pytest.mark.parametrize(
    ("command", "more", "busy"),
    [
        ("/opt/eigenherd/torch/bin/python probe.py", 10, "100"),
        ("/opt/eigenherd/llama_cpp/bin/python server.py", 4, "40"),
        ("/opt/eigenherd/llama_cpp/bin/python server.py", 0, "0"),
        ("/usr/bin/somebody else", 10, "0"),
    ],
)
def test_a_card_is_as_busy_as_what_computes(
    proc: Path, monkeypatch: pytest.MonkeyPatch, command: str, more: int, busy: str
) -> None:
    process(proc, 7, command, ticks=100)
    monkeypatch.setattr(answers, "time", SimpleNamespace(sleep=lambda _: process(proc, 7, command, ticks=100 + more)))
    assert answers.LIVE["utilization.gpu"](CARD) == busy
    assert answers.LIVE["pstate"](CARD) == ("P8" if busy == "0" else "P0")
    assert (float(answers.LIVE["power.draw"](CARD)) > 400) == (busy != "0")


def test_the_engine_holds_what_its_processes_hold_shared_by_the_cards(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ENGINE", pwd.getpwuid(os.getuid()).pw_name)
    process(proc, 7, "server", ticks=0, pages=256 * 1000)
    assert answers.engine() == [("7", "/usr/bin/python3", 1000)]
    assert answers.LIVE["memory.used"](CARD) == "501" and answers.LIVE["memory.free"](CARD) == "24063"


def test_without_an_engine_the_card_is_empty(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ENGINE", "nobody-of-that-name")
    assert answers.engine() == [] and answers.LIVE["memory.used"](CARD) == "1"
