"""The package lock is asked for in the environment, lies beside its file, and is refused where it is not whole."""

from pathlib import Path

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import SpecError
from plan.plan import Plan
from stacks import apt_lock

ASKED = {"machine": {"provider": "existing", "address": "10.0.0.5"}, "models": ["smollm2:135m"], "clients": ["anna"]}
DEB = '{"name": "caddy", "version": "2", "architecture": "amd64", "sha256": "%s", "file": "caddy_2_amd64.deb"}'


def planned(**packages: object) -> Plan:
    return derive(load({**ASKED, "packages": packages}), "office")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
    return tmp_path


def test_nobody_who_did_not_ask_reads_one(folder: Path) -> None:
    (folder / "office.apt.json").write_text("broken")
    assert apt_lock.read(planned(mirror="/srv/mirror")).systems == {}


def test_it_is_read_from_beside_the_environment_s_file(folder: Path) -> None:
    (folder / "office.apt.json").write_text('{"systems": {"debian-12": [' + DEB % ("a" * 64) + "]}}")
    [deb] = apt_lock.read(planned(mirror="/srv/mirror", locked=True)).systems["debian-12"]
    assert (deb.name, deb.file) == ("caddy", "caddy_2_amd64.deb")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "none"),
        ("broken", "1 errors"),
        ('{"systems": {"debian-12": [' + DEB % "short" + "]}}", "1 errors"),
        ('{"systems": {"debian-12": [' + (DEB % ("a" * 64)).replace("caddy_2", "../../etc/x") + "]}}", "1 errors"),
    ],
)
def test_none_or_a_broken_one_is_refused_and_says_how_to_get_one(folder: Path, text: str | None, found: str) -> None:
    if text is not None:
        (folder / "office.apt.json").write_text(text)
    with pytest.raises(SpecError, match="eigenherd manifest lock office") as refused:
        apt_lock.read(planned(mirror="/srv/mirror", locked=True))
    assert refused.value.found == found


@pytest.mark.parametrize("packages", [{}, {"mirror": "/srv/mirror", "apt": "http://deb.example.org/debian"}])
def test_a_lock_without_a_mirror_or_beside_another_archive_is_refused(packages: dict[str, object]) -> None:
    with pytest.raises(SpecError, match="a `mirror` that has the files"):
        planned(**packages, locked=True)
