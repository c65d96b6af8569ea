"""The SSH connection is cut at operation k, for every k of a deployment from a bare machine.

One machine bears them all, one run after the other: each run finds its operation as the run before left
it, goes past it, and is cut at the next. So every operation is cut while it has something to do.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import pytest

from stacks.sandbox import scratch
from tests.faults import cases
from tests.faults.aftermath import WITHOUT_TORCH, last_reason, whole
from tests.faults.conftest import Note
from tests.faults.through import deploy_watched, reached_through
from tests.integration.deployed import Answer, add_machine, plan_of
from tools import mirror
from tools.relay import Relay

pytestmark = pytest.mark.machine

STACK = f"faults-cut-{os.getpid()}"

# What a deployment of the sandbox does, in order: first it looks. Every run is compared with this.
RECORDED = Path(__file__).parents[1] / "cases" / "operations.json"
OPERATIONS: list[str] = json.loads(RECORDED.read_text())

CASES = {f"connection cut at operation {k}, {name}": k for k, name in enumerate(OPERATIONS, 1)}
SAMPLE = [list(CASES)[OPERATIONS.index(name)] for name in ("Firewall | Rules", "Python | torch")]

# Operations that take seconds are cut in their middle, the others as they begin.
LONG = re.compile(r"Python \| \w+$|Caddy$|upgrades$|daemon$|Model ")
MIDDLE_S = 2.0


@dataclass(frozen=True)
class Chain:
    """cuts: by operation, the run that was cut there. reached: how far the run after it came. end: in words."""

    cuts: dict[int, Answer]
    reached: dict[int, list[str]]
    last: list[str]
    end: str


@pytest.fixture(scope="module")
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The runs for the cases that were selected, and a last one that nothing is cut of."""
    ours = [
        item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module
    ]
    wanted = sorted(item.callspec.params["injected"] for item in ours if hasattr(item, "callspec"))
    mirror.fill(plan_of(STACK))
    try:
        bare = add_machine(STACK, tmp_path_factory.mktemp(STACK))
        cuts, begun = {}, {}
        with Relay((bare.handover.machines[0].address, 22)) as relay, reached_through(relay, bare):
            for k in wanted:
                cuts[k], begun[k] = deploy_watched(bare, cut_at(k, relay))
            done, last = deploy_watched(bare, lambda _: None)
        assert done.code == 0, done.text
        following = [*[begun[k] for k in wanted[1:]], last]
        yield Chain(cuts, dict(zip(wanted, following, strict=True)), last, whole(bare, bare.handover, WITHOUT_TORCH))
    finally:
        scratch.remove(STACK)


def cut_at(k: int, relay: Relay) -> Callable[[list[str]], None]:
    """The connection ends as the k-th operation begins, or in its middle where it takes seconds."""

    def act(begun: list[str]) -> None:
        if len(begun) == k:
            if LONG.search(begun[-1]):
                Timer(MIDDLE_S, relay.cut).start()
            else:
                relay.cut()

    return act


@cases.parametrize(CASES, SAMPLE)
def test_the_next_run_goes_on(fault: str, injected: int, chain: Chain, note: Note) -> None:
    cut, reached = chain.cuts[injected], chain.reached[injected]
    if cut.code == 0:
        assert cut.summary["changed"] == 0
        note(seen="a run that has everything done needs no connection any more, and ends well")
    else:
        note(seen=last_reason(cut, "the SSH connection ended"))
    assert len(reached) > injected or reached == OPERATIONS, f"the next run ended at {reached[-1]}"
    note(after=f"the next run came to operation {len(reached)}; after the last: {chain.end}")


def test_the_recorded_operations_are_those_of_a_run(chain: Chain) -> None:
    assert chain.last == OPERATIONS, f"write this into {RECORDED}: {json.dumps(chain.last, indent=1)}"
