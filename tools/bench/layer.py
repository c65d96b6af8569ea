"""A deployed layer that machines of measurements and tests start from: once deployed from base, the sandbox's plan.

Its name is the digest of what it was made from, so it is made anew when the plan or the code has changed.
EIGENHERD_TEST_LAYER names another one to start from; a deployment makes up for the difference.
"""

import os
from hashlib import sha256

from stacks.digest import code_digest
from stacks.sandbox import layer, lock, scratch
from tools import mirror
from tools.bench.machines import Machines, made, plan_for


def ensure() -> str:
    """The layer's name; deploying and keeping it takes about a minute and a half, once."""
    name = os.environ.get("EIGENHERD_TEST_LAYER") or name_of()
    with lock.held("test-layer"):
        if not layer.deployed(name).exists():
            keep(name)
    return name


def name_of() -> str:
    plan = plan_for("any", 1).model_dump_json()
    return sha256(f"{plan}{code_digest('deploy', 'templates', 'plan')}".encode()).hexdigest()[:12]


def keep(name: str) -> None:
    stack = f"layer-{name}"
    mirror.fill(plan_for(stack, 1))
    with made(stack) as machines:
        machines.deploy()
        scratch.keep(stack, "main", name)


def settled(machines: Machines) -> None:
    """Deploy until nothing is left to change. The model is fetched anew: in a layer's copy its stamp is not valid."""
    for machine in machines.handover.machines:
        machines.ssh(machine.name, "rm -f /var/lib/eigenherd/models/*")
    machines.deploy()
    machines.deploy_again()
