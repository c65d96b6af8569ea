"""Makes the plan: every choice once, in the order in which they follow from each other."""

import re

from plan.derive.build import tell_build
from plan.derive.door import choose_clients, choose_gateway, choose_sources
from plan.derive.driver import choose_drivers
from plan.derive.engine import built_for, choose_device, choose_engine
from plan.derive.machines import choose_machines
from plan.derive.maintenance import choose_maintenance
from plan.derive.models import choose_models
from plan.derive.names import refuse_unknown_names
from plan.derive.torch import choose_torch
from plan.disk import needs_mib
from plan.environment import Environment
from plan.errors import PlanError, SpecError, together
from plan.ledger import Ledger
from plan.plan import Plan
from plan.shown import shown

OUR_FOLDERS = ("state", "drills", "robot")  # beside the stacks' own, which a destroy removes


def derive(environment: Environment, stack: str) -> Plan:
    """The plan, or every reason why there is none."""
    ledger = Ledger()
    plan = choose(environment, stack, ledger)
    if ledger.refusals:
        raise together(ledger.refusals)
    return plan


def choose(environment: Environment, stack: str, ledger: Ledger) -> Plan:
    """A plan that may lack what the ledger says was refused."""
    refuse_name(stack)
    refuse_unknown_names(environment)
    machines = choose_machines(environment, ledger)
    device = choose_device(machines, ledger)
    engine = choose_engine(environment, device, ledger, built_for(machines, device))
    torch = choose_torch(environment, machines, device, ledger)
    machines = choose_drivers(environment, machines, engine, ledger)
    tell_build(machines, engine, ledger)
    models = choose_models(environment, machines, engine, ledger)
    gateway = choose_gateway(environment, machines, ledger)
    clients = choose_clients(environment, ledger)
    sources = choose_sources(environment, ledger)
    maintenance = choose_maintenance(environment, machines, ledger)
    ledger.decide("users", environment.users, "people and programs at the same time")
    plan = Plan(
        stack=stack,
        machines=machines,
        sources=sources,
        torch=torch,
        engine=engine,
        models=models,
        gateway=gateway,
        clients=clients,
        users=environment.users,
        maintenance=maintenance,
        decisions=tuple(ledger.decisions),
    )
    _refuse_small_disks(plan, ledger)
    return plan


def refuse_name(stack: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", stack):
        wanted = "a stack name of lower-case letters, digits and hyphens, at most 31, a letter first"
        raise SpecError(wanted, shown(stack), "rename the stack")
    if stack in OUR_FOLDERS:
        raise SpecError("a stack name that is no folder of ours in .eigenherd/", shown(stack), "choose another name")


def _refuse_small_disks(plan: Plan, ledger: Ledger) -> None:
    for machine in plan.machines:
        needed_gib = needs_mib(plan, machine) / 1024
        if machine.disk_gib is not None and machine.disk_gib < needed_gib:
            wanted = f"{needed_gib:.1f} GiB of disk for what is planned on machine {machine.name}"
            ledger.refuse(PlanError(wanted, f"disk_gib {machine.disk_gib:g}", "a larger `disk_gib`, or smaller models"))
