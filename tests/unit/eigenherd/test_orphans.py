"""Plugins that outlive their `pulumi`: told from those of a live one, and from other projects'."""

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eigenherd import orphans, process
from plan.errors import ProviderError
from stacks import folder

# A plugin, and the stage it has begun: `-m verify` here is a module of the test's own.
SLEEP = "import time; time.sleep(60)"
PLUGIN = "import subprocess, sys; subprocess.run([sys.executable, '-m', sys.argv[2]])"
Plugin = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Plugin]:
    """Starts a process that looks like a plugin: its name, the engine's address, the project's folder."""
    started: list[subprocess.Popen[bytes]] = []
    for module in ("verify", "deploy"):
        (tmp_path / f"{module}.py").write_text(SLEEP)
    script = tmp_path / "pulumi-resource-pulumi-python"
    script.write_text(PLUGIN)

    def start(engine: str, stage: str = "verify", cwd: Path = tmp_path) -> subprocess.Popen[bytes]:
        made = subprocess.Popen([sys.executable, str(script), engine, stage], cwd=cwd)
        started.append(made)
        until(lambda: len(process.below(made.pid)) == (1 if cwd == tmp_path else 0))
        return made

    yield start
    for one in started:
        for pid in (*process.below(one.pid), one.pid):
            process.kill(pid)
        one.wait()


@pytest.fixture
def engine() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def dead_engine() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    assert holds()


def test_an_orphan_is_ended_with_a_stage_that_only_looks(plugin: Plugin, dead_engine: str, tmp_path: Path) -> None:
    orphan = plugin(dead_engine)
    (stage,) = process.below(orphan.pid)
    assert orphans.end(tmp_path) == [orphan.pid]
    orphan.wait(timeout=10)
    until(lambda: process.started_at(stage) is None)


def test_a_deployment_is_left_to_end_by_itself(plugin: Plugin, dead_engine: str, tmp_path: Path) -> None:
    orphan = plugin(dead_engine, "deploy")
    (stage,) = process.below(orphan.pid)
    assert orphans.end(tmp_path) == [orphan.pid]
    orphan.wait(timeout=10)
    assert process.started_at(stage) is not None
    process.kill(stage)


def test_a_plugin_whose_pulumi_lives_is_no_orphan(plugin: Plugin, engine: str, tmp_path: Path) -> None:
    plugin(engine)
    assert orphans.end(tmp_path) == []


def test_another_projects_plugin_is_left_alone(plugin: Plugin, dead_engine: str, tmp_path: Path) -> None:
    plugin(dead_engine, cwd=Path("/"))
    assert orphans.end(tmp_path) == []


def test_a_deployment_at_work_is_waited_for_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(folder, "HOME", tmp_path)
    (tmp_path / "office").mkdir()
    lock = (tmp_path / "office" / "deploy.lock").open("w")
    lock.write("4711")
    lock.flush()
    fcntl.flock(lock, fcntl.LOCK_EX)
    threading.Timer(1, lock.close).start()
    orphans.wait_for_deployment("office")
    assert "process 4711" in capsys.readouterr().out and lock.closed


def test_the_wait_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "HOME", tmp_path)
    monkeypatch.setattr(orphans, "DEPLOY_TIMEOUT_S", 0)
    (tmp_path / "office").mkdir()
    with (tmp_path / "office" / "deploy.lock").open("w") as lock:
        lock.write(str(os.getpid()))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ProviderError, match=f"process {os.getpid()}"):
            orphans.wait_for_deployment("office")


def test_without_a_deployment_there_is_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "HOME", tmp_path)
    orphans.wait_for_deployment("office")
