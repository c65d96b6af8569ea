"""What a check is given: the plan, the machine it is about, and ways to ask."""

from dataclasses import dataclass

from plan.machine import Handover, Machine
from plan.plan import MachinePlan, Model, Plan
from verify.gateway import Gateway
from verify.transport import Shell


@dataclass(frozen=True)
class Target:
    """One check's subject. host runs commands on `machine`; gateway sends requests from here.

    model: set for checks whose subject is a model. started: Unix time at which this verification began.
    """

    handover: Handover
    machine: Machine
    host: Shell
    gateway: Gateway
    started: float
    model: Model | None = None

    @property
    def plan(self) -> Plan:
        return self.handover.plan

    @property
    def planned(self) -> MachinePlan:
        return self.handover.planned(self.machine)

    @property
    def asked(self) -> Model:
        """The model in question, for checks that are asked once per model."""
        if self.model is None:
            raise TypeError("this check's subject is not a model")
        return self.model

    @property
    def has_engine(self) -> bool:
        return "engine" in self.planned.roles

    @property
    def has_gateway(self) -> bool:
        return "gateway" in self.planned.roles
