"""The mirror holds what a plan needs: what is there stays, what is missing or damaged comes."""

import fcntl
import hashlib
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from deploy import fetch, package_index
from plan import lock
from plan.errors import ProviderError
from plan.lock import LockedWheel
from plan.plan import Artifact, Plan
from tests.render.examples import plan_of
from tools import mirror, wheels
from tools.ollama import build

SMALL = tuple(
    LockedWheel(name, "1", f"{name}-1-{tags}.whl", len(name), hashlib.sha256(name.encode()).hexdigest())
    for name, tags in (("aa", "py3-none-any"), ("bbb", "cp311-cp311-manylinux_2_28_x86_64.manylinux_2_24_x86_64"))
)
CONTENT = {wheel.file: wheel.package for wheel in SMALL}


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plan:
    """The sandbox's plan with two small wheels, a small model, and a pip that makes files of the right content."""
    monkeypatch.setattr(lock, "wheels", lambda _lock, python: [wheel for wheel in SMALL if wheel.fits(python)])
    monkeypatch.setattr("subprocess.run", pip)
    monkeypatch.setattr(mirror, "bring", lambda artifact, folder: put(folder, artifact, "model"))
    made = plan_of("sandbox")
    model = Artifact(file="m.gguf", size=5, sha256=hashlib.sha256(b"model").hexdigest(), licence="MIT")
    return made.model_copy(update={"models": (made.models[0].model_copy(update={"artifact": model}),)})


def put(folder: Path, artifact: Artifact, content: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / artifact.file).write_text(content)
    fetch.write_stamp(folder / artifact.file, artifact.sha256)


def pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    folder, wanted = Path(command[command.index("--dest") + 1]), Path(command[-1]).read_text()
    for wheel in SMALL:
        if f"{wheel.package}==1 --hash=sha256:{wheel.sha256}" in wanted:
            (folder / wheel.file).write_text(CONTENT[wheel.file])
    return subprocess.CompletedProcess(command, 0, "", "")


def filled(plan: Plan, cache: Path) -> list[str]:
    said: list[str] = []
    mirror.fill(plan, said.append, cache)
    return said


def test_everything_comes_once(plan: Plan, tmp_path: Path) -> None:
    assert filled(plan, tmp_path) == [
        "mirror: fetching 2 Python packages, 0 MiB",
        "mirror: fetching model file m.gguf, 0 MiB",
        "mirror: complete",
    ]
    assert filled(plan, tmp_path) == []
    shown = {path.name for path in (tmp_path / "wheels").iterdir() if not path.name.startswith(".")}
    assert shown == set(CONTENT)
    assert not (tmp_path / wheels.WORK).exists()


def test_a_damaged_file_comes_anew(plan: Plan, tmp_path: Path) -> None:
    filled(plan, tmp_path)
    (tmp_path / "wheels" / SMALL[0].file).write_text("xx")
    assert filled(plan, tmp_path)[0] == "mirror: fetching 1 Python packages, 0 MiB"
    assert (tmp_path / "wheels" / SMALL[0].file).read_text() == "aa"


def test_missing_says_what_would_come(plan: Plan, tmp_path: Path) -> None:
    missing = mirror.Missing(plan, tmp_path)
    assert missing and missing.lines() == ["2 Python packages, 0 MiB", "model file m.gguf, 0 MiB"]
    filled(plan, tmp_path)
    assert not mirror.Missing(plan, tmp_path)


def test_a_chat_template_comes_with_its_model(plan: Plan, tmp_path: Path) -> None:
    template = plan.models[0].artifact.model_copy(update={"file": "m.template"})
    plan = plan.model_copy(update={"models": (plan.models[0].model_copy(update={"template": template}),)})
    assert "model file m.template, 0 MiB" in mirror.Missing(plan, tmp_path).lines()
    filled(plan, tmp_path)
    assert (tmp_path / "models/m.template").read_text() == "model"
    assert not mirror.Missing(plan, tmp_path)


def test_an_archive_without_a_source_is_announced_as_built(plan: Plan, tmp_path: Path) -> None:
    archive = Artifact(file="ollama.tar", size=1, sha256="ab" * 32, licence="MIT")
    engine = plan.engine.model_copy(update={"archive": archive})
    missing = mirror.Missing(plan.model_copy(update={"engine": engine}), tmp_path)
    assert missing.lines()[-1].startswith("Ollama, built from source:")
    assert missing.download_mib >= build.DOWNLOAD_MIB


def test_sources_come_from_where_the_index_says_or_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[fetch.Wanted] = []
    sdist = Artifact(file="tiny-1.0.tar.gz", size=5, sha256="ab" * 32, licence="MIT", sdist="tiny==1.0")
    monkeypatch.setattr(fetch, "fetch", asked.append)
    monkeypatch.setattr(package_index, "address", lambda package, file, pip: f"https://i.example.org/{package}/{file}")
    mirror.bring(sdist, tmp_path)
    assert [wanted.url for wanted in asked] == ["https://i.example.org/tiny/tiny-1.0.tar.gz"]

    def lists_none(*asked: str) -> str:
        raise FileNotFoundError("the index lists no such file")

    monkeypatch.setattr(package_index, "address", lists_none)
    with pytest.raises(ProviderError, match="the index lists no such file"):
        mirror.bring(sdist, tmp_path)


def test_a_failed_pip_names_the_file_and_leaves_the_cache_whole(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no such version")

    monkeypatch.setattr("subprocess.run", refuse)
    with pytest.raises(ProviderError, match=r"aa-1-py3-none-any.whl(.|\n)*no such version"):
        filled(plan, tmp_path)
    assert list((tmp_path / "wheels").iterdir()) == []


def test_a_second_run_waits_for_the_first(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    said: list[str] = []
    with (tmp_path / "locks" / "mirror").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = threading.Thread(target=mirror.fill, args=(plan, said.append, tmp_path))
        second.start()
        while not said:
            pass
        assert said == ["mirror: another run is filling the cache; waiting for it"]
        assert not (tmp_path / "wheels").exists()
    second.join(10)
    assert said[-1] == "mirror: complete"


def test_pip_is_asked_for_just_this_wheel() -> None:
    job = wheels.Job("3.11", (SMALL[1],))
    words = wheels.command(job, Path("/to"), Path("/lock"))
    assert "--require-hashes" in words and "--no-deps" in words
    tags = words[words.index("--python-version") : words.index("--requirement")]
    assert tags == [
        *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3", "--abi", "none"),
        *("--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_28_x86_64"),
    ]


def test_big_wheels_come_alone_and_first() -> None:
    big = LockedWheel("c", "1", "c-1-py3-none-any.whl", wheels.BIG, "ab" * 32)
    missing = {wheel.file: (wheel, "3.11") for wheel in (*SMALL, big)}
    assert [{wheel.package for wheel in job.wheels} for job in wheels.jobs(missing)] == [{"c"}, {"aa", "bbb"}]
