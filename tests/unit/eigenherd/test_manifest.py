"""Two machines beside each other: what we made must be equal, what was there before us is listed."""

from pathlib import Path
from typing import Any

import pytest

from eigenherd.manifest import difference, lock
from eigenherd.manifest.difference import difference as differ
from eigenherd.manifest.machine import Found
from plan.debs import Deb
from plan.errors import ProviderError
from tests.unit.verify.fake_stack import handover, plan

MADE: dict[str, tuple[str, ...]] = {"packages": ("caddy",), "users": ("caddy",), "groups": ("caddy",)}
ONE = Found(
    system="debian-12",
    packages={"caddy": ("2.6.2-5", "amd64"), "openssl": ("3.0.11-1", "amd64"), "libssl3": ("3.0.11-1", "amd64")},
    made=MADE,
    paths={"/etc/systemd/system/eigenherd-firewall.service": "ab12", "/etc/eigenherd": "there"},
    holds=(),
)


def other(**changes: Any) -> Found:
    return ONE.model_copy(update=changes)


def test_alike_is_equal() -> None:
    assert differ(ONE, ONE) == difference.Difference([], [])


def test_a_security_update_is_listed_and_no_difference_of_what_was_planned() -> None:
    newer = other(packages={**ONE.packages, "openssl": ("3.0.15-1", "amd64")})
    assert differ(ONE, newer) == difference.Difference([], ["package openssl: 3.0.11-1 amd64 | 3.0.15-1 amd64"])


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"system": "debian-13"}, "system: debian-12 | debian-13"),
        ({"packages": {**ONE.packages, "caddy": ("2.6.2-6", "amd64")}}, "package caddy: 2.6.2-5 amd64 | 2.6.2-6 amd64"),
        ({"packages": {"openssl": ("3.0.11-1", "amd64")}}, "package caddy: 2.6.2-5 amd64 | none"),
        ({"made": {**MADE, "users": ()}}, "users caddy: made | none"),
        ({"paths": {"/etc/eigenherd": "there"}}, "path /etc/systemd/system/eigenherd-firewall.service: ab12 | none"),
        ({"holds": ("linux-image-amd64",)}, "hold linux-image-amd64: none | held"),
    ],
)
def test_whatever_came_with_us_must_be_equal(changes: dict[str, Any], line: str) -> None:
    assert line in differ(ONE, other(**changes)).planned
    assert differ(other(**changes), ONE).planned != []


def test_machines_of_one_kind_with_two_versions_have_no_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = handover(plan())
    one = given.machines[0]
    given = given.model_copy(update={"machines": (one, one.model_copy(update={"name": "second"}))})
    found = {one.name: ONE, "second": other(packages={"caddy": ("2.6.2-6", "amd64")})}
    monkeypatch.setattr(lock, "read", lambda _, name: found[name])

    def collected(_: object, name: str, what: Found, folder: Path) -> list[Deb]:
        version, kind = what.packages["caddy"]
        sum_ = ("a" if version.endswith("5") else "b") * 64
        return [Deb(name="caddy", version=version, architecture=kind, sha256=sum_, file=f"caddy_{version}.deb")]

    monkeypatch.setattr(lock, "collect", collected)
    with pytest.raises(ProviderError, match=r"caddy 2.6.2-5 and 2.6.2-6"):
        lock.lock(given, tmp_path)
    found |= dict.fromkeys(found, ONE)
    assert [deb.name for deb in lock.lock(given, tmp_path).systems["debian-12"]] == ["caddy"]
