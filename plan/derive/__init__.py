"""Makes the plan: every choice once, in the order in which they follow from each other."""

import re

from plan.derive.door import choose_clients, choose_gateway, choose_sources
from plan.derive.engine import choose_device, choose_engine
from plan.derive.machines import choose_machines
from plan.derive.models import choose_models
from plan.derive.torch import choose_torch
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.plan import Plan

OUR_FOLDERS = ("state", "drills")  # beside the stacks' own, which a destroy removes


def derive(environment: Environment, stack: str) -> Plan:
    """The plan, or the first reason why there is none."""
    ledger = Ledger()
    plan = choose(environment, stack, ledger)
    if ledger.refusals:
        raise ledger.refusals[0]
    return plan


def choose(environment: Environment, stack: str, ledger: Ledger) -> Plan:
    """A plan that may lack what the ledger says was refused."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", stack):
        raise SpecError("a stack name of lower-case letters, digits and hyphens", f"`{stack}`", "rename the stack")
    if stack in OUR_FOLDERS:
        raise SpecError("a stack name that is no folder of ours in .eigenherd/", f"`{stack}`", "choose another name")
    machines = choose_machines(environment, ledger)
    device = choose_device(machines, ledger)
    engine = choose_engine(environment, device, ledger)
    torch = choose_torch(environment, machines, device, ledger)
    models = choose_models(environment, machines, engine, ledger)
    gateway = choose_gateway(environment, machines, ledger)
    clients = choose_clients(environment, ledger)
    sources = choose_sources(environment, ledger)
    ledger.decide("users", environment.users, "people and programs at the same time")
    return Plan(
        stack=stack,
        machines=machines,
        sources=sources,
        torch=torch,
        engine=engine,
        models=models,
        gateway=gateway,
        clients=clients,
        users=environment.users,
        decisions=tuple(ledger.decisions),
    )
