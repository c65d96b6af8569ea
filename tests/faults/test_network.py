"""A whole deployment from a bare machine over a bad network; then the name servers are gone."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from stacks.sandbox import places, scratch
from tests.faults import cases
from tests.faults.aftermath import WITHOUT_TORCH, converged, last_reason, whole
from tests.faults.conftest import Note
from tests.faults.through import reached_through
from tests.integration.deployed import Deployed, add_machine, plan_of
from tools import mirror
from tools.relay import Relay

pytestmark = pytest.mark.machine

STACK = f"faults-network-{os.getpid()}"
TABLE = f"faults_{os.getpid()}"
DELAY_S = 0.08

# Of all that goes to the machine and comes from it, at this computer's end of its cable.
LOSS = """
table netdev {table} {{
  chain in {{ type filter hook ingress device "{device}" priority 0; numgen random mod 100 < 5 drop; }}
  chain out {{ type filter hook egress device "{device}" priority 0; numgen random mod 100 < 5 drop; }}
}}
"""

Network = Callable[[Deployed], AbstractContextManager[None]]


@contextmanager
def lossy(deployed: Deployed) -> Iterator[None]:
    """5 % of the packets are dropped, each way."""
    rules = LOSS.format(table=TABLE, device=places.interface(STACK, "main"))
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "netdev", TABLE], check=True)


@contextmanager
def slow(deployed: Deployed) -> Iterator[None]:
    """Every question of the deployment has its answer 80 ms later."""
    with Relay((deployed.handover.machines[0].address, 22), DELAY_S) as relay, reached_through(relay, deployed):
        yield


@contextmanager
def nameless(deployed: Deployed) -> Iterator[None]:
    """The machine has no name server."""
    deployed.ssh("cp /etc/resolv.conf /root/resolv.conf && : >/etc/resolv.conf")
    try:
        yield
    finally:
        deployed.ssh("cat /root/resolv.conf >/etc/resolv.conf && rm /root/resolv.conf")


CASES: dict[str, Network] = {
    "5 % of all packets lost": lossy,
    "80 ms of delay": slow,
    "no name server": nameless,
}
SAMPLE = ["no name server"]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Deployed]:
    mirror.fill(plan_of(STACK))
    try:
        yield add_machine(STACK, tmp_path)
    finally:
        scratch.remove(STACK)


@cases.parametrize(CASES, SAMPLE)
def test_a_deployment_over_it(fault: str, injected: Network, bare: Deployed, note: Note) -> None:
    """Loss and delay only take longer. Without names the reason says so, and the next run goes on."""
    with injected(bare):
        first = bare.deploy()
        if injected is not nameless:
            assert first.code == 0, first.text
            note(seen=f"not one of {first.summary['operations']} operations failed")
            return note(after=f"deployed in one run, {whole(bare, bare.handover, parts=WITHOUT_TORCH)}")
        note(seen=last_reason(first, "no name server answers the machine"))
    note(after=converged(bare, parts=WITHOUT_TORCH))
