"""A server rented at Hetzner: what must be written twice, what costs, and what leaves Germany."""

from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import EigenherdError
from plan.plan import Plan

N = 2345678
ORDER = {"product": "GEX131-1", "location": "FSN1", "max_eur_month": 1500, "max_eur_setup": 1500}
WIPED: dict[str, Any] = {"server": N, "reinstall": True, "wipe": N}


def planned(machine: dict[str, Any], **more: Any) -> Plan:
    asked = {
        **({} if "machines" in more else {"machine": {"provider": "robot", **machine}}),
        "models": ["smollm2:135m"],
        "gateway": {"allow": ["203.0.113.0/29"]},
        "clients": ["demo"],
    }
    return derive(load({**asked, **more}), "rented")


def refused(machine: dict[str, Any], **more: Any) -> str:
    with pytest.raises(EigenherdError) as caught:
        planned(machine, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ({}, "a `server` by its number, or an `order`"),
        ({"server": N, "order": ORDER}, "a `server` by its number, or an `order`"),
        ({"server": N}, f"`adopt: {N}`"),
        ({"server": N, "reinstall": False}, f"`adopt: {N}`"),
        ({"server": N, "adopt": N + 1}, f"`adopt: {N}`"),
        ({"server": N, "reinstall": True}, f"`wipe: {N}`"),
        ({"server": N, "reinstall": True, "wipe": N + 1}, f"`wipe: {N}`"),
        ({"server": N, "adopt": N, "wipe": N}, "no `wipe` without `reinstall: true`"),
        ({"server": N, "adopt": N, "os": "debian-13"}, "no `os` without `reinstall: true`"),
        ({"server": N, "adopt": N, "generation": 2}, "no `generation` without `reinstall: true`"),
        ({"server": N, "adopt": N, "harden": True}, "no `harden: true` with `adopt`"),
        ({**WIPED, "adopt": N}, "no `adopt` with `reinstall: true`"),
        ({**WIPED, "host_key": "SHA256:" + "A" * 43}, "no `host_key`"),
        ({**WIPED, "address": "203.0.113.9"}, "no `address`"),
        ({**WIPED, "cancel": N + 1}, f"`cancel: {N}`"),
        ({**WIPED, "vlan": 5}, "vlan"),
        ({**WIPED, "ptr": "ki"}, "a full DNS name"),
        ({"order": ORDER, "wipe": N}, "no `wipe` with `order`"),
        ({"order": {**ORDER, "location": "HEL1"}}, "`leaves_germany: true`"),
        ({"order": {**ORDER, "location": "ASH1"}}, "nearest is"),
        ({"order": {"product": "GEX131-1", "location": "FSN1"}}, "max_eur_month"),
        ({"order": {**ORDER, "max_eur_month": 0}}, "max_eur_month"),
    ],
)
def test_what_is_refused_says_what_to_write(machine: dict[str, Any], said: str) -> None:
    assert said in refused(machine)


@pytest.mark.parametrize("key", ["server", "order", "wipe", "ptr"])
def test_its_keys_belong_to_no_other_provider(key: str) -> None:
    value = {"order": ORDER, "ptr": "ki.example.org"}.get(key, N)
    assert f"no `{key}`: it belongs to `provider: robot`" in refused({"provider": "sandbox", key: value})


def test_its_address_is_public_so_the_door_names_who_may_come() -> None:
    assert "`gateway.allow`" in refused(WIPED, gateway={})


def test_an_installed_server_is_ours_alone() -> None:
    [machine] = planned({**WIPED, "generation": 2, "vlan": 4000, "ptr": "ki.example.org", "cancel": N}).machines
    assert machine.os == "debian-12" and machine.harden
    assert machine.provider_settings == {
        **{"server": N, "generation": 2, "vlan": 4000, "ptr": "ki.example.org", "cancel": N},
    }


def test_an_adopted_server_stays_as_it_is() -> None:
    [machine] = planned({"server": N, "adopt": N, "user": "admin"}).machines
    assert machine.os == "any" and not machine.harden
    assert machine.provider_settings == {"server": N, "adopt": N, "user": "admin"}


def test_an_order_carries_its_ceiling_and_says_that_it_stays_rented() -> None:
    plan = planned({"order": {**ORDER, "location": "HEL1"}, "leaves_germany": True})
    assert plan.machines[0].provider_settings == {
        "leaves_germany": True,
        "order_product": "GEX131-1",
        "order_location": "HEL1",
        "order_max_eur_month": "1500.0",
        "order_max_eur_setup": "1500.0",
    }
    reasons = {decision.key: decision.reason for decision in plan.decisions}
    assert "stays rented" in reasons["machine.main.order"] and "leave Germany" in reasons["machine.main.location"]


def test_two_machines_are_two_servers_in_one_vswitch() -> None:
    first, second = {**WIPED, "vlan": 4000}, {**WIPED, "vlan": 4001, "roles": ["engine"]}
    machines = {name: {"provider": "robot", **one} for name, one in (("first", first), ("second", second))}
    said = refused({}, machines=machines)
    assert f"`server: {N}` 2 times" in said and "4000, 4001" in said
