"""The server's resource: when it installs, when it replaces, and that only its number by name cancels it."""

from pathlib import Path
from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import ProviderError, SpecError
from stacks import folder, keys
from stacks.dynamic.robot import RobotProvider
from stacks.dynamic.robot_server import RobotServerProvider
from stacks.providers import robot
from stacks.robot import account, fingerprint, machine, post_install, shell
from tests.fakes.robot.fixtures import PASSWORD
from tests.fakes.robot.server import Fake

PRIVATE, PUBLIC = keys.make("ssh", "")


def props(home: Path, **settings: Any) -> dict[str, Any]:
    asked = {
        "machine": {"provider": "robot", "server": 321, "reinstall": True, "wipe": 321, **settings},
        "models": ["smollm2:135m"],
        "gateway": {"allow": ["203.0.113.0/29"]},
        "clients": ["demo"],
    }
    [planned] = derive(load(asked), "rented").machines
    given = {"host_private": PRIVATE, "host_public": PUBLIC, "private_key": PRIVATE, "authorized": PUBLIC}
    kept = {"stack": "rented", "planned": planned.model_dump_json(), "number": 321.0, "home": str(home)}
    return {
        **kept,
        **given,
        "machine": {"name": "main", "state": "running", "address": "198.51.100.7", "port": 22.0, "host_keys": [PUBLIC]},
    }


@pytest.fixture(autouse=True)
def configured(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = {account.USER: "#ws+test", account.PASSWORD: PASSWORD, account.URL: fake.url}.get
    monkeypatch.setattr(RobotProvider, "_setting", staticmethod(setting), raising=False)
    monkeypatch.setattr(folder, "HOME", tmp_path / ".eigenherd")


def test_without_cancel_a_destroyed_stacks_server_stays_rented(
    fake: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    RobotServerProvider().delete("robot-321", props(tmp_path))
    assert "stays rented; `cancel: 321` would cancel it" in capsys.readouterr().out
    assert fake.books["servers"]["321"]["_cancellation"] is None


def test_with_cancel_it_ends_and_its_order_is_forgotten(fake: Fake, tmp_path: Path) -> None:
    record = tmp_path / ".eigenherd" / "robot" / "order-rented-main.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    for _ in range(2):
        RobotServerProvider().delete("robot-321", props(tmp_path, cancel=321))
    assert fake.books["servers"]["321"]["_cancellation"] and not record.exists()
    fake.books["servers"].clear()
    RobotServerProvider().delete("robot-321", props(tmp_path, cancel=321))


@pytest.mark.parametrize(
    ("change", "changes", "replaces"),
    [
        ({}, False, []),
        ({"generation": 2}, True, []),
        ({"os": "debian-13"}, True, []),
        ({"cancel": 321}, True, []),
    ],
)
def test_a_changed_system_is_an_update_because_a_replacement_could_cancel(
    tmp_path: Path, change: dict[str, Any], changes: bool, replaces: list[str]
) -> None:
    found = RobotServerProvider().diff("robot-321", props(tmp_path), props(tmp_path, **change))
    assert (found.changes, found.replaces) == (changes, replaces)


def test_another_number_is_another_server(tmp_path: Path) -> None:
    found = RobotServerProvider().diff("robot-321", props(tmp_path), {**props(tmp_path), "number": 322})
    assert found.changes and found.replaces == ["number"]


def test_a_read_knows_gone_stopped_and_running(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, olds = RobotServerProvider(), props(tmp_path)
    for there, state in (([PUBLIC], "running"), ([keys.make("ssh", "")[1]], "stopped"), ([], "stopped")):
        monkeypatch.setattr(shell, "key_there", lambda address, port, there=there: there)
        assert (provider.read("robot-321", olds).outs or {})["machine"]["state"] == state
    fake.books["servers"].clear()
    assert provider.read("robot-321", olds).id == ""


def test_what_an_earlier_run_finished_is_taken_and_not_installed_again(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = post_install.marker("debian-12", 1)

    def ours(wanted: machine.Wanted, address: str) -> Any:
        whole = wanted.machine(address, PUBLIC)
        return whole.model_copy(update={"instance": post_install.read(marker)["instance"]}), marker

    monkeypatch.setattr(machine, "ours", ours)
    made = RobotServerProvider().create(props(tmp_path))
    assert made.outs and made.outs["machine"]["instance"] == post_install.read(marker)["instance"]
    assert fake.books["resets"] == [] and fake.books["boot"] == {}
    assert not {"host_private", "private_key"} & set(made.outs)


def test_a_reset_that_fails_leaves_no_rescue_system_activated(fake: Fake, tmp_path: Path) -> None:
    books_key = {"name": "x", "fingerprint": fingerprint.md5(PUBLIC), "type": "ED25519", "size": 256, "data": PUBLIC}
    fake.books["keys"][fingerprint.md5(PUBLIC)] = books_key
    fake.books["faults"] = [{"method": "POST", "path": "/reset/321", "code": "RESET_FAILED", "status": 500, "times": 1}]
    with pytest.raises(ProviderError, match="RESET_FAILED"):
        RobotServerProvider().create(props(tmp_path))
    assert fake.books["boot"]["321"]["rescue"] is None


def test_a_server_in_finland_is_refused_before_anything_changes(fake: Fake, tmp_path: Path) -> None:
    fake.books["servers"]["321"]["dc"] = "HEL1-DC2"
    with pytest.raises(Exception, match="leaves_germany: true"):
        RobotServerProvider().create(props(tmp_path))
    assert fake.books["resets"] == [] and fake.books["boot"] == {}


def test_a_missing_account_is_said_before_the_first_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "machine": {"provider": "robot", "server": 321, "reinstall": True, "wipe": 321},
        "models": ["smollm2:135m"],
        "gateway": {"allow": ["203.0.113.0/29"]},
        "clients": ["demo"],
    }
    plan = derive(load(asked), "rented")
    values = {"robotUser": "#ws+test"}
    monkeypatch.setattr("pulumi.Config", lambda name: values)
    with pytest.raises(SpecError, match="pulumi config set --secret eigenherd:robotPassword"):
        robot.network(plan)
    values["robotPassword"] = PASSWORD
    land = robot.network(plan)
    assert land.title == "eigenherd-rented" and PASSWORD not in repr(land)
    assert robot.doors(plan.machines[0], plan) == [
        ("ssh", "22", ()),
        ("gateway", "443", ("203.0.113.0/29",)),
        ("redirect", "80", ("203.0.113.0/29",)),
    ]


def test_a_fingerprint_is_known_in_both_forms() -> None:
    other = keys.make("ssh", "")[1]
    for form in (fingerprint.md5(PUBLIC), f"MD5:{fingerprint.md5(PUBLIC).upper()}"[:4] + fingerprint.md5(PUBLIC)):
        assert fingerprint.is_of(form, PUBLIC) and not fingerprint.is_of(form, other)
    assert fingerprint.is_of(fingerprint.sha256(PUBLIC), PUBLIC)
