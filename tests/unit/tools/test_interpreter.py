"""Set-up takes a Python from 3.11 to 3.13, whatever it was started with."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import interpreter

Install = Callable[[str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a `python` that reports this version on an otherwise empty PATH; the running one is 3.9."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    def install(name: str, version: str) -> Path:
        python = tmp_path / name
        said = f"exit {version}" if version.isdigit() else f"echo '{version}'; echo {python}"
        python.write_text(f"#!/bin/sh\n{said}\n")
        python.chmod(0o755)
        return python

    return install


@pytest.mark.parametrize(("version", "fits"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_from_3_11_to_3_13(version: tuple[int, int], fits: bool) -> None:
    assert interpreter.fits(version) is fits


def test_another_one_on_path_is_found(install: Install) -> None:
    install("python3", "3 9")
    install("python3.13", "1")  # a version manager's shim without such a version
    fitting = install("python3.12", "3 12")
    assert interpreter.find() == str(fitting)


def test_without_any_it_says_what_to_do(install: Install) -> None:
    install("python3", "3 14")
    with pytest.raises(SystemExit, match=r"3\.11, 3\.12 or 3\.13; found 3\.9(.|\n)*apt-get install python3"):
        interpreter.ensure()
