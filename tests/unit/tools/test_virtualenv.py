"""The virtual environment is kept when it fits, and made anew when it could not work."""

import re
import sys
from pathlib import Path

import pytest

from tools import virtualenv


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").write_text("version = 3.12.1\n")
    monkeypatch.setattr(virtualenv, "VENV", tmp_path)
    monkeypatch.setattr(virtualenv, "PYTHON", tmp_path / "bin/python")
    monkeypatch.setattr(virtualenv, "MARK", tmp_path / "eigenherd.json")
    return tmp_path


def test_one_that_fits_is_kept(venv: Path) -> None:
    assert virtualenv.usable()


def test_one_whose_python_is_gone_is_not(venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(venv / "removed by an upgrade")
    assert not virtualenv.usable()


def test_one_of_another_python_is_not(venv: Path) -> None:
    (venv / "pyvenv.cfg").write_text("version_info = 3.10.4.final.0\n")
    assert not virtualenv.usable()


def test_one_copied_from_elsewhere_is_not(venv: Path) -> None:
    (venv / "eigenherd.json").write_text('{"root": "/elsewhere"}')
    assert not virtualenv.usable()


def test_every_package_of_the_lock_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", virtualenv.LOCK.read_text(), flags=re.M)[1:]
    assert len(entries) == virtualenv.locked_packages()
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "index-url" not in virtualenv.LOCK.read_text()
