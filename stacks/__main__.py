"""The Pulumi program: one environment, one stack, top to bottom."""
# ruff: noqa: E402

import gc
import os
import signal

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # there are none; looking for them takes a moment
gc.disable()  # a short program leaves nothing to collect; measured: the collector took a quarter of its time

import pulumi

from plan.derive import derive
from plan.environment import load
from plan.errors import EigenherdError
from stacks import apt_lock, asked, certificate, costs, handover, providers
from stacks.digest import code_digest
from stacks.dynamic.deployment import Deployment
from stacks.dynamic.mirror import Mirror
from stacks.dynamic.preflight import Preflight
from stacks.dynamic.verification import Verification

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Pulumi interrupts us when a resource failed: no traceback for that
try:
    plan = derive(load(pulumi.Config().require_object("environment"), asked.by), pulumi.get_stack())
    certificate.files(plan.gateway)
    apt_lock.read(plan)
    # Machines: each provider's network first, then the machines in it, each with the keys made for it.
    modules = {planned.provider: providers.load(planned.provider) for planned in plan.machines}
    networks = {name: module.network(plan) for name, module in modules.items()}
    costs.announce(plan, modules.values())
except EigenherdError as error:
    raise pulumi.RunError(str(error)) from None

keys = handover.ssh_keys(plan)
machines = [
    modules[planned.provider].machine(planned, plan, keys[planned.name], networks[planned.provider])
    for planned in plan.machines
]
files = [Mirror(plan)] if "sandbox" in modules else []

# The chain: the handover carries the machines' instances, each stage takes the one before it as an input.
given = handover.assemble(plan, machines, keys)
verify_code = code_digest("verify")
deploy_code = code_digest("deploy", "templates", "plan/locks")
preflight = Preflight(given.json, verify_code)
deployment = Deployment(given.json, deploy_code, pulumi.ResourceOptions(depends_on=[preflight, *files]))
verification = Verification(given.json, deployment.run, deployment.mended, deploy_code, verify_code)

pulumi.export("url", given.url)
pulumi.export("ca_certificate", given.ca_certificate)
pulumi.export("clients", given.clients)
pulumi.export("machines", given.addresses)
pulumi.export("verdict", verification.verdict)
pulumi.export("report", verification.report)
pulumi.export("handover", given.json)

gc.freeze()  # nor does it search its modules at exit
