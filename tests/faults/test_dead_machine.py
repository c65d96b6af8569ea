"""A machine, or the network before it, dies behind Pulumi's back: one `eigenherd up` brings all of it back."""

import os
import re
import signal
from collections.abc import Callable, Iterator

import pytest

from stacks.sandbox import machine, network, places, power, record, sweep
from stacks.sandbox.command import run
from tests.checkouts import Checkout
from tests.faults import cases

pytestmark = pytest.mark.machine

STACK = f"dead-{os.getpid()}"
ASKED = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}


def kill_supervisor() -> None:
    pid = power.supervisor(places.machine_folder(STACK, "main"))
    assert pid
    os.kill(pid, signal.SIGKILL)


def power_off() -> None:
    power.off(machine.found(STACK, "main"))


def delete_machine() -> None:
    machine.delete(STACK, "main")


def delete_bridge() -> None:
    run(["ip", "link", "delete", places.bridge(STACK)])


def restart_computer() -> None:
    """What a restart leaves: folders, and nothing that ran."""
    power.cut(STACK, "main")
    network.remove(STACK)


def lose_everything() -> None:
    sweep.sweep(STACK)


# What ends it, and what `refresh` says then.
CASES = {
    "the machine's supervisor killed": (kill_supervisor, "main: the machine is stopped"),
    "the machine switched off": (power_off, "main: the machine is stopped"),
    "the machine deleted": (delete_machine, "main: the machine is gone"),
    "the stack's bridge deleted": (delete_bridge, "main: unreachable: "),
    "this computer restarted": (restart_computer, "main: the machine is stopped"),
    "machine, network and folders deleted": (lose_everything, "main: the machine is gone"),
}
SAMPLE = ["the machine deleted"]


@pytest.fixture(scope="module")
def stack(layered: Checkout) -> Iterator[Checkout]:
    layered.environment(STACK, ASKED)
    try:
        layered.eigenherd("up", STACK)
        yield layered
    finally:
        layered.eigenherd("down", STACK)
        assert sweep.remains(STACK) == []


@cases.parametrize(CASES, SAMPLE)
def test_one_up_brings_it_back(
    stack: Checkout, fault: str, injected: tuple[Callable[[], None], str], note: Callable[..., None]
) -> None:
    end, said = injected
    before = stack.handover(STACK)
    end()
    seen = stack.pulumi("refresh", "--yes", "--skip-preview", "--suppress-outputs", "--stack", STACK)
    line = re.search(f"main: ({re.escape(said.removeprefix('main: '))}[^:\n]*)", seen)
    assert line, seen
    up = stack.eigenherd("up", STACK)
    # The refresh before it may have found a machine whose processes live on to be well: the last word counts.
    *_, works = re.findall(r"works, .*?(\d+ of \d+ checks passed)", up) or [""]
    assert works and f"{STACK} is verified" in up, up
    assert re.search(r"fresh_nonces\s+passed", up), f"only the checks of a refresh were asked:\n{up}"
    after = stack.handover(STACK)
    assert after.secrets == before.secrets and after.machines[0].host_keys == before.machines[0].host_keys
    assert [made.name for made in record.of_stack(STACK)] == ["main"]
    again = stack.pulumi("refresh", "--yes", "--skip-preview", "--suppress-outputs", "--stack", STACK)
    assert not re.search(r"differs|updated|deleted", again), again
    note(seen=f"refresh: {line[1].strip()}", after=f"eigenherd up: {works}, keys as before")
