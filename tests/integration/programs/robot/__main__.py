"""The servers of an environment with what they have in Robot, and nothing on them."""

import pulumi

from plan.derive import derive
from plan.environment import load
from stacks import handover
from stacks.providers import robot

plan = derive(load(pulumi.Config("eigenherd").require_object("environment")), pulumi.get_stack())
keys = handover.ssh_keys(plan)
land = robot.network(plan)
machines = {planned.name: robot.machine(planned, plan, keys[planned.name], land) for planned in plan.machines}
pulumi.export("machines", machines)
pulumi.export("ssh_key", pulumi.Output.secret(keys.user))
