"""Which environment a drill may destroy."""

from collections.abc import Collection

from plan.environment import Environment
from plan.errors import EigenherdError, PlanError, SpecError, together
from plan.plan import Plan


def refuse(name: str, file: str, environment: Environment, rebuilders: Collection[str]) -> None:
    """Raise unless it is marked, and each machine comes from a provider that can make it anew."""
    instead = f"rehearse it: an environment with {{rehearses: {name}, machine: {{provider: sandbox}}, drill: allowed}}"
    refusals: list[EigenherdError] = []
    if environment.drill is None:
        todo = f"a drill destroys its machines: write the mark where nobody is cut off by that, or {instead}"
        refusals.append(SpecError(f"`drill: allowed` in {file}", "no such mark", todo))
    for machine, asked in environment.named_machines.items():
        if asked.provider not in rebuilders:
            wanted = f"machine {machine} from a provider that can make it anew: {', '.join(sorted(rebuilders))}"
            found = f"`{asked.provider}`: it was there before us, and we could only remove what we put on it"
            refusals.append(PlanError(wanted, found, instead))
    if refusals:
        raise together(refusals)


def refuse_built(plan: Plan, rebuilders: Collection[str]) -> None:
    """The same for what is there now: the file may have changed since."""
    for machine in plan.machines:
        if machine.provider not in rebuilders:
            wanted = f"machine {machine.name}, as it stands, from a provider that can make it anew"
            todo = f"the file asks for another machine by now: run `eigenherd up {plan.stack}` first"
            raise PlanError(wanted, f"`{machine.provider}`", todo)
