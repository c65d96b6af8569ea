"""`maintenance`: a window in words becomes one that systemd takes, with its reason; or a refusal in words."""

import shutil
import subprocess

import pytest

from plan.derive import derive
from plan.disk import needs_mib
from plan.environment import load
from plan.errors import PlanError, SpecError
from plan.plan import Plan

OFFICE = {
    "machine": {"provider": "existing", "address": "192.168.10.20"},
    "gpu": "RTX 4090",
    "models": ["smollm2:135m"],
    "clients": ["anna"],
    "pin": {
        "ollama_archive": {"version": "0.17.4", "sha256": "ab" * 32, "size": 1, "url": "https://example.org/o.tgz"}
    },
}


def plan(maintenance: object = None, **changes: object) -> Plan:
    return derive(load({**OFFICE, **({"maintenance": maintenance} if maintenance else {}), **changes}), "office")


@pytest.mark.parametrize(
    ("asked", "calendar"),
    [
        ({"window": "Sun 03:00"}, "Sun *-*-* 03:00:00 Europe/Berlin"),
        ({"window": "daily 23:59", "timezone": "UTC"}, "*-*-* 23:59:00 UTC"),
        ({"window": "Wed 00:30", "timezone": "America/Argentina/Buenos_Aires"}, None),
    ],
)
def test_a_window(asked: dict[str, str], calendar: str | None) -> None:
    made = plan(asked).maintenance
    assert made and calendar in (None, made.calendar)
    assert made.window.startswith(asked["window"]) and made.python.lock == "watch.txt"
    if shutil.which("systemd-analyze"):
        subprocess.run(["systemd-analyze", "calendar", made.calendar], check=True, capture_output=True)


@pytest.mark.parametrize("window", ["Sunday 03:00", "Sun 3:00", "Sun 24:00", "sun 03:00", "Sun", "", "Sun 03:00 UTC"])
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(SpecError, match="such as `Sun 03:00`"):
        plan({"window": window})


@pytest.mark.parametrize("zone", ["Berlin", "Europe/Berlin ", "../etc", "CET+1"])
def test_what_is_no_time_zone(zone: str) -> None:
    with pytest.raises(SpecError, match="such as Europe/Berlin"):
        plan({"window": "Sun 03:00", "timezone": zone})


def test_explain_says_when_and_why() -> None:
    [said] = [each for each in plan({"window": "Sun 03:00"}).decisions if each.key == "maintenance"]
    assert said.value == "Sun 03:00 Europe/Berlin" and "nobody is asked about" in said.reason
    [stays] = [each for each in plan().decisions if each.key == "maintenance"]
    assert stays.value == "none" and "14 days behind" in stays.reason


def test_without_a_card_there_is_nothing_to_move_together() -> None:
    with pytest.raises(PlanError, match="not yet: leave `maintenance` out"):
        plan({"window": "Sun 03:00"}, gpu="none", pin={})
    assert not [each for each in plan(gpu="none", pin={}).decisions if each.key == "maintenance"]


def test_it_needs_room_for_a_second_set() -> None:
    with_, without = plan({"window": "Sun 03:00"}), plan()
    assert needs_mib(with_, with_.machines[0]) - needs_mib(without, without.machines[0]) > 2048
    assert with_.part_digests()["driver"] != without.part_digests()["driver"]
    assert with_.part_digests()["engine"] == without.part_digests()["engine"]
