"""The plan a machine is judged by before anybody has written an environment for it: the least that could be wanted."""

from plan import catalog
from plan.derive import derive
from plan.environment import load
from plan.errors import EigenherdError, PlanError
from plan.plan import Plan


def trial(name: str, machine: dict[str, object], gpu: str, gpus: int = 1) -> Plan:
    """The smallest model that can be served there. gpu: by its catalogue name, or none.

    Raises SpecError for a card that is not known, PlanError for one that no model can be served on.
    """
    ready = {row.model for row in catalog.artifacts()}
    rows = sorted((row for row in catalog.models() if row.name in ready), key=lambda row: row.size)
    why: EigenherdError = PlanError("a model to serve", "none", "add a row to plan/catalog/artifacts")
    asked: dict[str, object] = {"machine": machine, "gpu": gpu, "gateway": {"allow": ["any"]}, "clients": ["trial"]}
    if gpu != "none":
        asked["gpus"] = gpus
    for row in rows:
        try:
            return derive(load({**asked, "models": [row.name]}), name)
        except PlanError as error:
            why = error
    raise why
