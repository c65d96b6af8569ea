"""What the provider asks of the sandbox for a planned machine."""

from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pytest

from plan.machine import Handover
from stacks.dynamic.sandbox_network import SandboxNetwork
from stacks.providers import KeyPair, sandbox


@pytest.mark.parametrize("layer", [None, "deployed-before"])
def test_a_machine_is_made_as_planned(monkeypatch: pytest.MonkeyPatch, handover: Handover, layer: str | None) -> None:
    asked: list[tuple[Any, ...]] = []

    def made(*arguments: Any) -> SimpleNamespace:
        asked.append(arguments)
        return SimpleNamespace(machine="the machine")

    monkeypatch.setattr(sandbox, "SandboxMachine", made)
    monkeypatch.setattr(pulumi, "ResourceOptions", lambda depends_on: depends_on)
    monkeypatch.delenv(sandbox.LAYER, raising=False)
    if layer:
        monkeypatch.setenv(sandbox.LAYER, layer)
    keys = cast(KeyPair, SimpleNamespace(host_private="private", host_public="public", user_public="mine"))
    network = cast(SandboxNetwork, SimpleNamespace(ipv4="10.86.25.0/24"))
    planned = handover.plan.machines[0]
    found: object = sandbox.machine(planned, handover.plan, keys, network)
    assert found == "the machine"
    name, stack = planned.name, handover.plan.stack
    sizes = (planned.memory_gib, planned.disk_gib)
    assert asked == [
        (name, stack, planned.os, *sizes, "private", "public", "mine", "10.86.25.0/24", layer, "", [network])
    ]
