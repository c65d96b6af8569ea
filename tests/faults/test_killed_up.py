"""`up` killed at 20 moments: the next `up` converges, verified, with the same secrets, and nothing is there twice."""

import os
from collections.abc import Iterator

import pytest

from tests.checkouts import Checkout
from tests.faults import cases
from tests.faults.conftest import Note
from tests.faults.killing import Kill, Stack, assert_nothing, assert_once, clear, met

pytestmark = pytest.mark.machine

# What the display shows, and milliseconds after that: from the stack's making to its outputs.
MOMENTS = {
    "making the stack": ("GiB memory", 700),
    "the engine starts": ("Updating", 0),
    "the program starts": ("Stack .* creating", 100),
    "the network": ("network creating", 30),
    "the secrets": ("client-demo creating", 30),
    "the mirror": ("mirror creating", 300),
    "the machine's disk": ("SandboxMachine main creating", 200),
    "the machine's supervisor": ("SandboxMachine main creating", 700),
    "the machine boots": ("SandboxMachine main creating", 2000),
    "the machine is there": ("SandboxMachine main created", 0),
    "preflight begins": ("Preflight preflight creating", 500),
    "preflight's checks": ("os_known", 0),
    "deployment connects": ("Deployment deployment creating", 500),
    "deployment asks": ("Deployment deployment creating", 1500),
    "deployment's first operation": ("Certificate: changed", 0),
    "deployment's last operations": ("Configuration: changed", 0),
    "verification begins": ("Verification verification creating", 500),
    "verification of the gateway": ("auth_refused", 0),
    "verification of torch": ("model_identity", 1000),
    "the report and the outputs": (" works, on CPU", 0),
}
WAYS = {"every descendant": False, "only pulumi's group": True}


def killed(moments: dict[str, tuple[str, int]]) -> dict[str, Kill]:
    """Every other one loses all its processes, the others only pulumi's own group."""
    ways = list(WAYS.items())
    named = [(moment, *ways[place % 2]) for place, moment in enumerate(moments)]
    return {f"{moment}: {way}": Kill(*moments[moment], group) for moment, way, group in named}


CASES = killed(MOMENTS)
SAMPLE = ["deployment's last operations: only pulumi's group"]


@pytest.fixture
def stack(layered: Checkout, request: pytest.FixtureRequest) -> Iterator[Stack]:
    number = list(CASES).index(request.getfixturevalue("fault"))
    made = Stack(layered, f"kills-up{number}-{os.getpid()}")
    try:
        yield made
    finally:
        clear(made)


@cases.parametrize(CASES, SAMPLE)
def test_the_next_run_converges(fault: str, injected: Kill, stack: Stack, note: Note) -> None:
    stack.kill(injected, "up")
    before = stack.secrets()
    said = stack.succeed("up")
    assert f"{stack.name} is verified" in said
    note(seen=met(said) or "nothing was half done")
    assert_once(stack)
    after = stack.secrets()
    assert {name: after.get(name) for name in before} == before, "a secret that was in the state is another one"
    stack.succeed("down")
    assert_nothing(stack)
    kept = f"{len(before)} secrets kept" if before else "no secret was made yet"
    note(after=f"converged in one run, verified; {kept}; nothing twice; `down` left nothing")
