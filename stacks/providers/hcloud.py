"""A server of Hetzner Cloud, made by Pulumi's own provider for it. It has no GPU: a gateway, or an engine on the CPU.

Never run against the real API: tested under Pulumi's mocks, and on a fake of the API.
"""

from typing import Any

import pulumi

from plan.plan import MachinePlan, Plan
from stacks import folder
from stacks.costs import Cost
from stacks.dynamic.hcloud_machine import HcloudMachine
from stacks.hcloud import needs, prices
from stacks.hcloud.network import PrivateNetwork
from stacks.hcloud.server import CloudServer
from stacks.providers import KeyPair


def network(plan: Plan) -> PrivateNetwork:
    needs.refuse()
    return PrivateNetwork(plan)


def machine(planned: MachinePlan, plan: Plan, keys: KeyPair, network: PrivateNetwork) -> pulumi.Output[dict[str, Any]]:
    """The server, and the first contact with it."""
    server = CloudServer(planned, plan, keys, network)
    return HcloudMachine(
        planned.name,
        planned.model_dump_json(),
        str(folder.of(plan.stack)),
        server,
        keys,
        pulumi.ResourceOptions(depends_on=list(server.ready)),
    ).machine


def costs(plan: Plan) -> list[Cost]:
    return prices.of(plan)
