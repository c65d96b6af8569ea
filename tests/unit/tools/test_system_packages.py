"""System packages: only what is missing, by root only, and an ordinary user is told."""

from pathlib import Path

import pytest

from tools import system_packages
from tools.checkout import SetupError


@pytest.fixture(autouse=True)
def lean_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but `nft` is there."""
    known = system_packages.NEEDED_COMMANDS, system_packages.SANDBOX_COMMANDS, system_packages.TEST_COMMANDS
    for command in {name for commands in known for name in commands} - {"nft"}:
        (tmp_path / command).write_text("")
        (tmp_path / command).chmod(0o755)
    monkeypatch.setattr(system_packages, "SEARCH_PATH", str(tmp_path))
    monkeypatch.setattr(system_packages, "CA_BUNDLE", tmp_path / "ssh")
    monkeypatch.setattr("sys.platform", "linux")


def test_root_gets_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    assert system_packages.missing() == "system packages: apt-get install nftables"


def test_an_ordinary_user_goes_on_without_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    assert system_packages.missing() is None
    assert system_packages.advice() == "the sandbox needs root, and: sudo apt-get install nftables"


def test_what_everybody_needs_stops_an_ordinary_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "curl").unlink()
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    assert system_packages.missing() == "system packages: curl"
    with pytest.raises(SetupError, match="sudo apt-get install curl"):
        system_packages.make()


def test_apt_says_how_much_it_fetches(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    uris = "'http://debian/n.deb' n.deb 3000000 MD5Sum:1\n'http://debian/m.deb' m.deb 1000000 SHA256:2\n"
    ran: list[tuple[str, ...]] = []

    def apt(*arguments: str) -> str:
        ran.append(arguments)
        return uris if "--print-uris" in arguments else ""

    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    monkeypatch.setattr(system_packages, "apt", apt)
    system_packages.make()
    assert "fetches 2 packages, 4 MB" in capsys.readouterr().out
    assert ran[-1][-1] == "nftables"
