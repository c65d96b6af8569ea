"""A sandbox machine with its network and keys, and nothing on it."""

from pathlib import Path

import pulumi

from stacks.dynamic.sandbox_machine import SandboxMachine
from stacks.dynamic.sandbox_network import SandboxNetwork
from stacks.dynamic.secret import Secret

config, stack = pulumi.Config(), pulumi.get_stack()
host, user = Secret("host", "ssh"), Secret("user", "ssh")
network = SandboxNetwork(stack, config.get("owner") or str(Path(__file__).parent))
made = SandboxMachine(
    "one",
    stack,
    config.get("os") or "debian-12",
    config.get_float("memory_gib") or 2.0,
    4.0,
    host.private,
    host.public,
    user.public,
    network.ipv4,
    layer=None,
    cards="",
    options=pulumi.ResourceOptions(depends_on=[network]),
)
pulumi.export("machine", made.machine)
pulumi.export("host_private", host.private)
