"""Only what a budget pays for: the cards of an answer that machines within it have."""

from dataclasses import replace

from plan.sizing.question import Answer
from plan.worth.machines import ANYWHERE, machines
from plan.worth.value import Assumptions, How


def afforded(answer: Answer, budget_eur: float | None, how: How | None, gpu: str) -> Answer:
    """budget_eur: a month of rent, or once for bought cards. Raises PlanError when nothing meets it."""
    found = machines(answer.size, Assumptions(), how, budget_eur, gpu, ANYWHERE)
    names = {means.gpu for means in found}
    most = budget_eur if how != "buy" else None
    return replace(answer, fits=tuple(fit for fit in answer.fits if fit.gpu in names), most_eur=most)
