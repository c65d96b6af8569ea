"""The program that makes the cards' device files, over a tree that stands for the machine."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from deploy.nvidia_driver import NODES_PROGRAM
from deploy.template import TEMPLATES

DEVICES = (
    "Character devices:\n  1 mem\n195 nvidia\n195 nvidia-modeset\n195 nvidiactl\n234 nvidia-nvswitch\n511 nvidia-uvm\n"
)


@pytest.fixture
def program() -> ModuleType:
    spec = spec_from_file_location("gpu_nodes", TEMPLATES / NODES_PROGRAM.lstrip("/"))
    assert spec and spec.loader
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "dev").mkdir()
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/devices").write_text(DEVICES)
    for minor, address in enumerate(("0000:01:00.0", "0000:41:00.0")):
        card = tmp_path / "proc/driver/nvidia/gpus" / address
        card.mkdir(parents=True)
        (card / "information").write_text(f"Model: \t NVIDIA L4\nDevice Minor: \t {minor}\n")
    return tmp_path


def test_every_card_and_what_all_share(program: ModuleType, root: Path) -> None:
    found = {path.name: (os.major(number), os.minor(number)) for path, number in program.nodes(root)}
    assert found == {
        "nvidiactl": (195, 255),
        "nvidia0": (195, 0),
        "nvidia1": (195, 1),
        "nvidia-uvm": (511, 0),
        "nvidia-uvm-tools": (511, 1),
    }


def test_older_kernels_call_the_cards_by_another_name(program: ModuleType, root: Path) -> None:
    (root / "proc/devices").write_text("195 nvidia-frontend\n")
    assert dict(program.nodes(root))[root / "dev/nvidia1"] == os.makedev(195, 1)


def test_files_are_made_once_and_anew_when_the_number_changes(
    program: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, int]] = []

    def mknod(path: Path, mode: int, number: int) -> None:
        made.append((path.name, number))
        path.touch()

    monkeypatch.setattr(os, "mknod", mknod)
    monkeypatch.setattr(sys, "argv", ["gpu_nodes.py", str(root)])
    assert program.main() == 0 and len(made) == 5
    assert (root / "dev/nvidia0").stat().st_mode & 0o777 == 0o666
    program.make(root / "dev/nvidia0", 0)  # a plain file's number: as it is wanted
    assert len(made) == 5
    program.make(root / "dev/nvidia0", os.makedev(195, 0))
    assert len(made) == 6


def test_a_driver_without_a_card_is_an_error(
    program: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for card in (root / "proc/driver/nvidia/gpus").iterdir():
        (card / "information").unlink()
    monkeypatch.setattr(os, "mknod", lambda path, mode, number: path.touch())
    monkeypatch.setattr(sys, "argv", ["gpu_nodes.py", str(root)])
    assert program.main() == 1 and "no card" in capsys.readouterr().err
