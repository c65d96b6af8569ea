"""The SSH connection is cut at operation k, for every k of a deployment from a bare machine."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.sandbox import scratch
from tests.faults import cases
from tests.faults.aftermath import WITHOUT_TORCH, converged, last_reason
from tests.faults.conftest import Note
from tests.faults.through import deploy_watched, reached_through
from tests.integration.deployed import Answer, Deployed, add_machine, plan_of
from tools import mirror
from tools.relay import Relay

pytestmark = pytest.mark.machine

STACK = f"faults-cut-{os.getpid()}"

# What a deployment of the sandbox does, in order: first it looks. Every case compares its own run with this.
RECORDED = Path(__file__).parents[1] / "cases" / "operations.json"
OPERATIONS: list[str] = json.loads(RECORDED.read_text())

CASES = {f"connection cut at operation {k}, {name}": k for k, name in enumerate(OPERATIONS, 1)}
SAMPLE = [list(CASES)[OPERATIONS.index(name)] for name in ("Firewall | Rules", "Python | torch")]

# Operations that take seconds are cut in their middle, the others as soon as they have begun.
LONG = re.compile(r"Python \| \w+$|Caddy$|upgrades$|daemon$|Model ")
MIDDLE_S = 2.0


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Deployed]:
    mirror.fill(plan_of(STACK))
    try:
        yield add_machine(STACK, tmp_path)
    finally:
        scratch.remove(STACK)


def deploy_cut(deployed: Deployed, relay: Relay, k: int) -> tuple[Answer, list[str]]:
    """A run whose connection ends at its k-th operation; its output, and the operations that had begun."""

    def act(begun: list[str]) -> None:
        if len(begun) == k:
            time.sleep(MIDDLE_S if LONG.search(begun[-1]) else 0)
            assert relay.cut() == 1

    return deploy_watched(deployed, act)


@cases.parametrize(CASES, SAMPLE)
def test_the_next_run_goes_on(fault: str, injected: int, bare: Deployed, note: Note) -> None:
    with Relay((bare.handover.machines[0].address, 22)) as relay, reached_through(relay, bare):
        cut, begun = deploy_cut(bare, relay, injected)
    assert begun == OPERATIONS[: len(begun)], f"{RECORDED} is of an earlier deployment: {begun}"
    assert injected <= len(begun) <= injected + 1, cut.text
    note(seen=last_reason(cut, "the SSH connection ended"))
    note(after=converged(bare, parts=WITHOUT_TORCH))


def test_the_recorded_operations_are_those_of_a_run(bare: Deployed) -> None:
    """A whole run that nothing is cut of."""
    with Relay((bare.handover.machines[0].address, 22)) as relay, reached_through(relay, bare):
        done, begun = deploy_cut(bare, relay, 0)
    assert done.code == 0, done.text
    assert begun == OPERATIONS, f"write this into {RECORDED}: {json.dumps(begun, indent=1)}"
