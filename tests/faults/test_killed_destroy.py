"""`down` killed at 5 moments: the next `down` finishes and leaves nothing."""

import os
from collections.abc import Iterator

import pytest

from tests.checkouts import Checkout
from tests.faults import cases
from tests.faults.conftest import Note
from tests.faults.killing import Kill, Stack, assert_nothing, clear, deployed, met
from tests.faults.test_killed_up import killed

pytestmark = pytest.mark.machine

MOMENTS = {
    "the engine starts": ("Destroying", 0),
    "the stages": ("Preflight preflight deleting", 20),
    "the machine": ("SandboxMachine main deleting", 100),
    "the machine is gone": ("SandboxMachine main deleted", 0),
    "the network": ("SandboxNetwork network deleting", 30),
}
CASES = killed(MOMENTS)
SAMPLE = ["the machine: every descendant"]


@pytest.fixture
def stack(layered: Checkout, request: pytest.FixtureRequest) -> Iterator[Stack]:
    number = list(CASES).index(request.getfixturevalue("fault"))
    made = Stack(layered, f"kills-down{number}-{os.getpid()}")
    try:
        yield made
    finally:
        clear(made)


@cases.parametrize(CASES, SAMPLE)
def test_the_next_run_finishes(fault: str, injected: Kill, stack: Stack, note: Note) -> None:
    deployed(stack)
    stack.kill(injected, "down")
    said = stack.succeed("down")
    note(seen=met(said) or "nothing was half done")
    assert_nothing(stack)
    assert not stack.resources()
    note(after="the next `down` finished; nothing left")
