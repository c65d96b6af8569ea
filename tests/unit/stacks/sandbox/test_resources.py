"""The resources' own decisions: what is a change, what is another machine, what reading says."""

from typing import Any

import pytest
from pulumi.output import Unknown

from stacks.dynamic.sandbox_machine import SandboxMachineProvider
from stacks.dynamic.sandbox_network import SandboxNetworkProvider
from stacks.sandbox import machine, network, sweep

ASKED: dict[str, Any] = {
    "stack": "office",
    "name": "one",
    "os": "debian-12",
    "disk_gib": 20.0,
    "memory_gib": 6.0,
    "host_public": "ssh-ed25519 AAAA",
    "authorized": "ssh-ed25519 BBBB",
    "network": "10.86.25.0/24",
}
NETWORK = {"stack": "office", "owner": "here"}
MADE = {**ASKED, "machine": {"name": "one", "instance": "first", "state": "running"}}


def test_nothing_changed_is_no_change() -> None:
    result = SandboxMachineProvider().diff("first", MADE, {**ASKED, "host_private": "secret"})
    assert (result.changes, result.replaces) == (False, [])


@pytest.mark.parametrize("key", ["os", "disk_gib", "host_public", "network"])
def test_another_system_disk_or_host_key_is_another_machine(key: str) -> None:
    result = SandboxMachineProvider().diff("first", MADE, {**ASKED, key: "other"})
    assert (result.changes, result.replaces, result.delete_before_replace) == (True, [key], True)


@pytest.mark.parametrize("key", ["memory_gib", "authorized"])
def test_memory_and_key_change_in_place(key: str) -> None:
    result = SandboxMachineProvider().diff("first", MADE, {**ASKED, key: "other"})
    assert (result.changes, result.replaces) == (True, [])


def test_a_stopped_machine_is_a_change() -> None:
    stopped = {**MADE, "machine": {**MADE["machine"], "state": "stopped"}}
    result = SandboxMachineProvider().diff("first", stopped, ASKED)
    assert (result.changes, result.replaces) == (True, [])


def test_a_network_unknown_in_a_preview_replaces_nothing() -> None:
    unknown = {**ASKED, "network": Unknown()}  # type: ignore[no-untyped-call]
    result = SandboxMachineProvider().diff("first", MADE, unknown)
    assert (result.changes, result.replaces) == (False, [])


def test_a_layer_matters_only_at_creation() -> None:
    assert not SandboxMachineProvider().diff("first", MADE, {**ASKED, "layer": "newer"}).changes


@pytest.mark.parametrize(("state", "id_"), [("running", "first"), ("stopped", "first"), ("gone", "")])
def test_reading_keeps_the_id_while_anything_is_left(monkeypatch: pytest.MonkeyPatch, state: str, id_: str) -> None:
    monkeypatch.setattr(machine, "state", lambda *_: state)
    result = SandboxMachineProvider().read("first", MADE)
    assert result.id == id_
    if id_:
        assert result.outs is not None
        assert result.outs["machine"]["state"] == state
        assert "host_private" not in result.outs


@pytest.mark.parametrize(
    ("whole", "remains", "id_", "state"),
    [(True, [], "n", "whole"), (False, ["folder x"], "n", "damaged"), (False, [], "", None)],
)
def test_a_damaged_network_is_an_update(
    monkeypatch: pytest.MonkeyPatch, whole: bool, remains: list[str], id_: str, state: str | None
) -> None:
    monkeypatch.setattr(network, "owned", lambda _stack, owner: owner == "here")
    monkeypatch.setattr(network, "whole", lambda _stack: whole)
    monkeypatch.setattr(sweep, "remains", lambda _stack: remains)
    provider = SandboxNetworkProvider()
    result = provider.read("n", {**NETWORK, "state": "whole"})
    assert result.id == id_
    assert result.outs is not None
    assert result.outs.get("state") == state
    if id_:
        assert provider.diff("n", result.outs, NETWORK).changes is (state == "damaged")


def test_anothers_network_is_not_ours_to_read_or_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []
    monkeypatch.setattr(network, "owned", lambda _stack, owner: owner == "there")
    monkeypatch.setattr(sweep, "sweep", swept.append)
    provider = SandboxNetworkProvider()
    assert provider.read("n", {**NETWORK, "state": "whole"}).id == ""
    provider.delete("n", NETWORK)
    assert swept == []
    provider.delete("n", {**NETWORK, "owner": "there"})
    assert swept == ["office"]
