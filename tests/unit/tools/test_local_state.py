"""The local state: private, made once, and never with a second passphrase."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools import local_state
from tools.checkout import SetupError


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a folder"
    for name, value in {"LOCAL": folder, "STATE": folder / "state", "PASSPHRASE": folder / "passphrase"}.items():
        monkeypatch.setattr(local_state, name, value)
    monkeypatch.setattr(local_state, "ENV", folder / "env")
    return folder


def sourced(local: Path, variable: str, **given: str) -> str:
    script = f'. "$0" && printf %s "${variable}"'
    command = [shutil.which("sh") or "sh", "-c", script, str(local / "env")]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout


def test_it_is_private(local: Path) -> None:
    local_state.make()
    assert local.stat().st_mode & 0o777 == 0o700
    assert (local / "passphrase").stat().st_mode & 0o777 == 0o600
    assert len((local / "passphrase").read_text()) > 40


def test_a_second_time_changes_nothing(local: Path) -> None:
    assert local_state.missing() is not None
    local_state.make()
    before = (local / "passphrase").read_text()
    assert local_state.missing() is None
    local_state.make()
    assert (local / "passphrase").read_text() == before


def test_no_new_passphrase_for_an_old_state(local: Path) -> None:
    local_state.make()
    (local / "passphrase").unlink()
    stack = local / "state/.pulumi/stacks/eigenherd/sandbox.json"
    stack.parent.mkdir(parents=True)
    stack.write_text("{}")
    with pytest.raises(SetupError, match="put it back"):
        local_state.make()
    assert not (local / "passphrase").exists()


def test_a_shell_gets_state_and_passphrase(local: Path) -> None:
    local_state.make()
    assert sourced(local, "PULUMI_BACKEND_URL") == f"file://{local}/state"
    assert sourced(local, "PULUMI_CONFIG_PASSPHRASE_FILE") == str(local / "passphrase")


def test_what_the_user_has_set_wins(local: Path) -> None:
    local_state.make()
    assert sourced(local, "PULUMI_BACKEND_URL", PULUMI_BACKEND_URL="s3://own") == "s3://own"
    assert sourced(local, "PULUMI_CONFIG_PASSPHRASE_FILE", PULUMI_CONFIG_PASSPHRASE="own") == ""
    assert sourced(local, "PULUMI_CONFIG_PASSPHRASE_FILE", PULUMI_CONFIG_PASSPHRASE_FILE="/own") == "/own"
