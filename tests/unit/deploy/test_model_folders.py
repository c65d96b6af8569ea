"""Models of several files: what a real shell finds of a folder, what is fetched into it, and what goes."""

import hashlib
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy import fetch
from deploy.facts.artifacts import HASHES, Held, HeldFiles
from deploy.facts.files import PathState
from deploy.operations import artifacts
from plan.plan import Artifact, PackageSources
from tests.unit.deploy.conftest import PaperHost

FOLDER = "/var/lib/eigenherd/models"
FILE = Artifact(file="tiny-1m/config.json", size=100, sha256="ab" * 32, licence="")
RIGHT = Held(FILE.sha256, readable=True, ours=True)


def found(folder: Path) -> dict[str, Held]:
    text = subprocess.check_output(["sh", "-c", HASHES.format(folder=shlex.quote(str(folder)))], text=True)
    return HeldFiles().process(text.splitlines())


def test_files_in_folders_are_found_with_their_stamps(tmp_path: Path) -> None:
    inner = tmp_path / "tiny-1m"
    inner.mkdir()
    for path in (tmp_path / "flat.gguf", inner / "config.json", inner / "by hand.json"):
        path.write_text(path.name)
    digest = hashlib.sha256(b"config.json").hexdigest()
    fetch.write_stamp(inner / "config.json", digest)
    held = found(tmp_path)
    assert held.keys() == {"flat.gguf", "tiny-1m/config.json", "tiny-1m/by hand.json"}
    assert (held["tiny-1m/config.json"].sha256, held["tiny-1m/config.json"].ours) == (digest, True)
    assert not held["tiny-1m/by hand.json"].ours and not held["flat.gguf"].ours
    (inner / "config.json").write_text("changed")
    os.utime(inner / "config.json", (1, 1))
    assert found(tmp_path)["tiny-1m/config.json"].sha256 == hashlib.sha256(b"changed").hexdigest()


@pytest.mark.parametrize("there", [{}, {FILE.file: RIGHT}], ids=["missing", "right"])
def test_a_file_is_fetched_into_its_folder(host: PaperHost, there: dict[str, Held]) -> None:
    host.facts[HeldFiles], host.facts[PathState] = there, None
    sources = PackageSources(mirror="/srv/mirror")
    commands = host.does(artifacts.held, artifact=FILE, folder=FOLDER, kind="models", sources=sources, pip="/pip")
    if there:
        assert commands == []
    else:
        assert f"--to {FOLDER}/tiny-1m/config.json" in commands[-1]
        assert "--mirror /srv/mirror/models/tiny-1m/config.json" in commands[-1]


def test_an_unplanned_folder_goes_with_its_files_and_somebody_elses_stays(host: PaperHost, tmp_path: Path) -> None:
    old, theirs = tmp_path / "old", tmp_path / "theirs"
    for folder, ours in ((old, True), (theirs, False)):
        folder.mkdir()
        (folder / "config.json").write_text("x")
        if ours:
            fetch.write_stamp(folder / "config.json", hashlib.sha256(b"x").hexdigest())
    host.facts[HeldFiles] = found(tmp_path)
    for command in host.does(artifacts.only, folder=str(tmp_path), files=["tiny-1m/config.json"]):
        subprocess.run(["sh", "-c", command], check=True)
    assert not old.exists() and (theirs / "config.json").exists()


def test_a_planned_folder_is_left_alone(host: PaperHost) -> None:
    host.facts[HeldFiles] = {FILE.file: RIGHT}
    assert host.does(artifacts.only, folder=FOLDER, files=[FILE.file]) == []
