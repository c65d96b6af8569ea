"""A machine made on this computer, without a GPU: what is rehearsed there is the same code as elsewhere."""

import os
from typing import Any

import pulumi

from plan.machine import Machine
from plan.plan import MachinePlan, Plan
from stacks import folder
from stacks.dynamic.sandbox_machine import SandboxMachine
from stacks.dynamic.sandbox_network import SandboxNetwork
from stacks.providers import KeyPair
from stacks.sandbox import needs, simulation

# Names a deployed layer (`python -m stacks.sandbox keep`) that new machines start from: for tests.
LAYER = "EIGENHERD_SANDBOX_LAYER"


def network(plan: Plan) -> SandboxNetwork:
    needs.refuse_this_computer()
    return SandboxNetwork(plan.stack, str(folder.HOME))


def machine(planned: MachinePlan, plan: Plan, keys: KeyPair, network: SandboxNetwork) -> pulumi.Output[dict[str, Any]]:
    """The plan has an os and sizes for every sandbox machine (`plan.derive`)."""
    made = SandboxMachine(
        planned.name,
        plan.stack,
        planned.os,
        planned.memory_gib or 0,
        planned.disk_gib or 0,
        keys.host_private,
        keys.host_public,
        keys.user_public,
        network.ipv4,
        os.environ.get(LAYER),
        simulation.cards_of(planned.gpu),
        pulumi.ResourceOptions(depends_on=[network]),
    )
    return made.machine


def lose(machine: Machine, stack: str) -> None:
    """Its plug is pulled and its disk is gone; Pulumi is not told."""
    from stacks.sandbox import machine as sandbox

    sandbox.delete(stack, machine.name, machine.instance)
