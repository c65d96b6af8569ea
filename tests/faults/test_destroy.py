"""A stack whose machine is dead, half there or half made is destroyed all the same, and nothing is left."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator

import pytest

from eigenherd import process
from stacks.sandbox import machine, places, power, record, scratch
from stacks.sandbox.command import run
from tests.checkouts import Checkout
from tests.faults import cases
from tests.faults.conftest import Note
from tests.faults.killing import ASKED, Kill, Stack, assert_nothing, clear, deployed, met

pytestmark = pytest.mark.machine

Destroy = Callable[[Stack], str]


def down(stack: Stack) -> str:
    return stack.succeed("down")


def machine_dead(stack: Stack) -> str:
    deployed(stack)
    supervisor = power.supervisor(places.machine_folder(stack.name, "main"))
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    return down(stack)


def machine_dead_and_pulumi_alone(stack: Stack) -> str:
    """Plain `pulumi`, after the `cancel` that its own message asks for."""
    deployed(stack)
    process.kill(power.supervisor(places.machine_folder(stack.name, "main")) or 0)
    stack.checkout.pulumi("cancel", "--yes", "--stack", stack.name)
    stack.checkout.pulumi("destroy", "--yes", "--skip-preview", "--stack", stack.name)
    return "pulumi cancel, pulumi destroy"


def folder_deleted(stack: Stack) -> str:
    """The machine runs on without it."""
    deployed(stack)
    shutil.rmtree(places.machine_folder(stack.name, "main"), ignore_errors=True)
    return down(stack)


def bridge_deleted(stack: Stack) -> str:
    deployed(stack)
    run(["ip", "link", "delete", places.bridge(stack.name)])
    return down(stack)


def tree_missing(stack: Stack) -> str:
    """The machine is off, and what its disk stands on is gone."""
    deployed(stack)
    made = machine.found(stack.name, "main")
    power.cut(stack.name, "main")
    file = made.folder / "machine.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "lower": ["/nowhere/tree"]}))
    assert record.load(made.folder)
    return down(stack)


def machine_half_made(stack: Stack) -> str:
    stack.kill(Kill("SandboxMachine main creating", 500, group=True), "up")
    return down(stack)


def network_half_made(stack: Stack) -> str:
    stack.kill(Kill("SandboxNetwork network creating", 40, group=False), "up")
    return down(stack)


def state_lost(stack: Stack) -> str:
    deployed(stack)
    stack.lose_state()
    return down(stack)


def existing_out_of_reach(stack: Stack) -> str:
    """Somebody's machine that is gone for good: the message names the way out, and it works."""
    land = f"{stack.name}-land"
    try:
        office = scratch.add(land, "office", from_layer=stack.checkout.layer)
        reached = {
            "provider": "existing",
            "address": office.ipv4,
            "user": "root",
            "identity": str(scratch.keys(land) / "user"),
            "host_key": " ".join(office.host_key.split()[:2]),
        }
        asked = {**ASKED, "machine": reached, "packages": {"mirror": places.MIRROR_IN_MACHINE}}
        stack.checkout.environment(stack.name, asked)
        deployed(stack)
    finally:
        scratch.remove(land)
    code, said = stack.run("down")
    assert code != 0 and "if the machine is gone for good" in said, said
    urn = said.partition("pulumi state delete '")[2].partition("'")[0]
    stack.checkout.pulumi("state", "delete", urn, "--stack", stack.name, "--yes")
    return f"`pulumi state delete`, named by the message\n{down(stack)}"


CASES: dict[str, Destroy] = {
    "machine dead": machine_dead,
    "machine dead, plain pulumi": machine_dead_and_pulumi_alone,
    "machine's folder deleted while it runs": folder_deleted,
    "bridge deleted": bridge_deleted,
    "base tree missing": tree_missing,
    "machine half made": machine_half_made,
    "network half made": network_half_made,
    "state lost": state_lost,
    "existing machine out of reach": existing_out_of_reach,
}
SAMPLE = ["machine's folder deleted while it runs"]


@pytest.fixture
def stack(layered: Checkout, request: pytest.FixtureRequest) -> Iterator[Stack]:
    number = list(CASES).index(request.getfixturevalue("fault"))
    made = Stack(layered, f"kills-gone{number}-{os.getpid()}")
    try:
        yield made
    finally:
        clear(made)


@cases.parametrize(CASES, SAMPLE)
def test_nothing_is_left(fault: str, injected: Destroy, stack: Stack, note: Note) -> None:
    said = injected(stack)
    first = said.splitlines()[0]
    note(seen=met(said) or (first if first.startswith(("pulumi", "`pulumi")) else "nothing to say"))
    assert_nothing(stack)
    assert not stack.resources()
    note(after="destroyed; nothing left")
