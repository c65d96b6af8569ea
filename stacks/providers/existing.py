"""A machine one has already: an office PC, a rented server, the computer one sits at (`address: this`)."""

from typing import Any

import pulumi

from plan.plan import MachinePlan, Plan
from stacks import folder
from stacks.dynamic.existing_machine import ExistingMachine
from stacks.providers import KeyPair


def network(_plan: Plan) -> None:
    """Its network is its owner's."""


def machine(planned: MachinePlan, plan: Plan, _keys: KeyPair, _network: None) -> pulumi.Output[dict[str, Any]]:
    home = str(folder.of(plan.stack))
    return ExistingMachine(planned.name, planned.model_dump_json(), home).machine
