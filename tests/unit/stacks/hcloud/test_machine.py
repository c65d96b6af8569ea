"""The dynamic resource behind a server: what makes it another machine, what it is told anew, what it keeps secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import reach
from stacks.dynamic.hcloud_machine import HcloudMachineProvider
from stacks.hcloud import first_contact
from tests.render.examples import plan_of

NEW = "ssh-ed25519 NEW"
DEVICE = "/dev/disk/by-id/scsi-0HC_Volume_7"


@pytest.fixture
def props(tmp_path: Path) -> dict[str, Any]:
    [planned] = plan_of("cloud").machines
    return {
        "planned": planned.model_dump_json(),
        "home": str(tmp_path / "cloud"),
        "instance": "42",
        "address": "198.51.100.7",
        "ipv6": "2001:db8:7::1",
        "device": "",
        "host_public": "ssh-ed25519 BORN",
        "user_private": "planted private key",
    }


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], str]]:
    """What was mounted: (host keys then known, device). A meeting gives the machine a new host key."""
    seen: list[tuple[tuple[str, ...], str]] = []

    def meet(machine: Machine, _planned: MachinePlan, _home: Path, key: str, _say: Any) -> Machine:
        assert key == "planted private key" and machine.host_keys == ("ssh-ed25519 BORN",)
        return machine.model_copy(update={"host_keys": (NEW,)})

    def mount(machine: Machine, _planned: MachinePlan, _home: Path, _key: str, device: str) -> None:
        seen.append((machine.host_keys, device))

    monkeypatch.setattr(first_contact, "meet", meet)
    monkeypatch.setattr(first_contact, "mount", mount)
    return seen


def test_a_new_server_is_met_and_known_by_its_own_key(props: dict[str, Any], mounted: list[Any]) -> None:
    made = HcloudMachineProvider().create(props)
    machine = Machine(**made.outs["machine"])
    assert (made.id, machine.instance, machine.host_keys) == ("hcloud-42", "42", (NEW,))
    assert (machine.address, machine.private_address) == ("198.51.100.7", "10.77.1.10")
    assert "planted" not in json.dumps(made.outs)
    assert mounted == []


def test_its_volume_is_mounted_over_the_new_key(props: dict[str, Any], mounted: list[Any]) -> None:
    made = HcloudMachineProvider().create({**props, "device": DEVICE})
    assert mounted == [((NEW,), DEVICE)]
    changed = {**props, "device": DEVICE, "address": "198.51.100.8"}
    outs = HcloudMachineProvider().update(made.id, made.outs, changed).outs
    assert mounted == [((NEW,), DEVICE)] * 2
    assert (outs["machine"]["address"], tuple(outs["machine"]["host_keys"])) == ("198.51.100.8", (NEW,))


@pytest.mark.parametrize(
    ("change", "replaced"),
    [({"instance": "43"}, True), ({"address": "198.51.100.8"}, False), ({"device": DEVICE}, False)],
)
def test_another_server_is_another_machine(
    props: dict[str, Any], mounted: list[Any], change: dict[str, str], replaced: bool
) -> None:
    made = HcloudMachineProvider().create(props)
    difference = HcloudMachineProvider().diff(made.id, made.outs, {**props, **change})
    assert (difference.changes, bool(difference.replaces)) == (True, replaced)
    assert not HcloudMachineProvider().diff(made.id, made.outs, props).changes


@pytest.mark.parametrize(("answers", "state"), [(True, "running"), (False, "stopped")])
def test_one_that_does_not_answer_is_read_as_stopped(
    props: dict[str, Any], mounted: list[Any], monkeypatch: pytest.MonkeyPatch, answers: bool, state: str
) -> None:
    made = HcloudMachineProvider().create(props)
    monkeypatch.setattr(reach, "answers", lambda *_: answers)
    read = HcloudMachineProvider().read(made.id, made.outs)
    assert (read.id, read.outs["machine"]["state"]) == (made.id, state)
    assert HcloudMachineProvider().diff(made.id, read.outs, props).changes is not answers
