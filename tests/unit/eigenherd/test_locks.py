"""What a killed run leaves: a dead process's lock goes, a live one's is named and respected."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eigenherd import locks, orphans, pulumi
from plan.errors import ProviderError


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of a lock file in a local state; nothing is pending in the stack."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setattr(pulumi, "read", lambda *_: json.dumps({"deployment": {}}))
    monkeypatch.setattr(orphans, "end", lambda _root: [])
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "eigenherd" / "sandbox"
    folder.mkdir(parents=True)
    return folder / "1f.json"


NOW = datetime.now().astimezone()


def held_by(pid: int, hostname: str, since: datetime = NOW) -> str:
    return json.dumps({"pid": pid, "username": "anna", "hostname": hostname, "timestamp": since.isoformat()})


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_dead_process_loses_its_lock(lock: Path) -> None:
    lock.write_text(held_by(dead_process(), os.uname().nodename))
    locks.clear_dead("sandbox")
    assert not lock.exists()


@pytest.mark.parametrize("hostname", [os.uname().nodename, "another-computer"])
def test_a_lock_that_may_be_live_is_respected_and_named(lock: Path, hostname: str) -> None:
    lock.write_text(held_by(os.getpid(), hostname))
    with pytest.raises(ProviderError) as raised:
        locks.clear_dead("sandbox")
    assert lock.exists()
    assert f"process {os.getpid()} of anna" in raised.value.found and NOW.strftime("%H:%M:%S") in raised.value.found


def test_a_number_that_was_given_out_again_is_no_live_run(lock: Path) -> None:
    """The process of that number lives, but was started after the lock was written."""
    lock.write_text(held_by(os.getpid(), os.uname().nodename, NOW - timedelta(days=1)))
    locks.clear_dead("sandbox")
    assert not lock.exists()


def test_a_process_of_which_only_the_exit_code_is_left_is_dead(lock: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    lock.write_text(held_by(process.pid, os.uname().nodename))
    locks.clear_dead("sandbox")
    process.wait()
    assert not lock.exists()


def test_half_a_lock_is_named_with_what_to_do(lock: Path) -> None:
    lock.write_text('{"pid": 12')
    with pytest.raises(ProviderError, match="remove that file"):
        locks.clear_dead("sandbox")


def test_a_dead_lock_of_another_computer_is_not_ours_to_judge(lock: Path) -> None:
    lock.write_text(held_by(dead_process(), "another-computer"))
    with pytest.raises(ProviderError):
        locks.clear_dead("sandbox")


def test_pending_creates_are_cleared_by_a_refresh(
    lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[tuple[str, ...]] = []
    pending = {"deployment": {"pending_operations": [{"type": "creating", "resource": {"urn": "a::b::main"}}]}}
    monkeypatch.setattr(pulumi, "read", lambda *_: json.dumps(pending))
    monkeypatch.setattr(pulumi, "run", lambda *arguments: ran.append(arguments) or 0)
    monkeypatch.setenv("ENVIRONMENTS", str(lock.parent))
    (lock.parent / "Pulumi.sandbox.yaml").write_text("config: {}")
    locks.clear_dead("sandbox")
    assert ran[0][0] == "refresh" and "--clear-pending-creates" in ran[0]
    assert "cut off while creating main" in capsys.readouterr().out
