"""What a stack has in Hetzner Cloud, without the stages after it: nobody would answer at the fake's addresses."""

import pulumi

from plan.derive import derive
from plan.environment import load
from stacks import costs, handover, providers
from stacks.hcloud.server import CloudServer

plan = derive(load(pulumi.Config().require_object("environment")), "cloud")
module = providers.load("hcloud")
network = module.network(plan)
costs.announce(plan, [module])
keys = handover.ssh_keys(plan)
servers = [CloudServer(planned, plan, keys[planned.name], network) for planned in plan.machines]
pulumi.export("ids", {planned.name: server.id for planned, server in zip(plan.machines, servers, strict=True)})
pulumi.export("addresses", {planned.name: server.ipv4 for planned, server in zip(plan.machines, servers, strict=True)})
