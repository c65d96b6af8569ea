"""What lies here of a stack that no state knows is said and removed; what is somebody else's stays."""

from pathlib import Path

import pytest

from eigenherd import leftovers
from stacks import folder
from stacks.sandbox import network, places, sweep


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A stack `office` with a folder and a sandbox machine, no state; the stacks that were swept."""
    found: list[str] = []
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(folder, "HOME", tmp_path / "home")
    monkeypatch.setattr(places, "STACKS", tmp_path / "sandbox")
    monkeypatch.setattr(sweep, "sweep", found.append)
    monkeypatch.setattr(sweep, "remains", lambda stack: [f"interface of {stack}"])
    monkeypatch.setattr(network, "owned", lambda _stack, owner: owner == str(tmp_path / "home"))
    (tmp_path / "home/office/headers").mkdir(parents=True)
    (tmp_path / "sandbox/office").mkdir(parents=True)
    return found


def test_what_is_left_is_removed_and_said(swept: list[str], tmp_path: Path) -> None:
    assert leftovers.remove("office") == ["interface of office", f"folder {tmp_path}/home/office"]
    assert swept == ["office"] and not (tmp_path / "home/office").exists()


def test_another_checkouts_machine_stays(swept: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "owned", lambda _stack, _owner: False)
    leftovers.remove("office")
    assert swept == []


@pytest.mark.parametrize("name", ["state", "..", "other", "a/b"])
def test_what_is_no_stacks_folder_stays(swept: list[str], tmp_path: Path, name: str) -> None:
    (tmp_path / "home/state/.pulumi").mkdir(parents=True)
    assert leftovers.remove(name) == []
    assert (tmp_path / "home/state/.pulumi").exists() and swept == []


def test_a_lost_state_is_announced_with_what_is_lost(swept: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    leftovers.announce("office")
    said = capsys.readouterr().out
    assert "no state knows it" in said and "interface of office" in said and "keys are new" in said
    assert swept == []
    leftovers.announce("another")
    assert capsys.readouterr().out == ""
