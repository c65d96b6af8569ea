"""The names that only the catalogue knows: cards, models, versions of torch."""

from collections.abc import Callable
from functools import partial

from plan import catalog
from plan.environment import Environment
from plan.errors import EigenherdError, together


def refuse_unknown_names(environment: Environment) -> None:
    """All of them at once: without its row nothing about a name can be chosen."""
    machines = environment.named_machines.values()
    cards = [machine.gpu or (environment.gpu if "engine" in machine.roles else "none") for machine in machines]
    questions: list[Callable[[], object]] = [partial(catalog.model, name) for name in environment.models]
    questions += [partial(catalog.gpu, card) for card in dict.fromkeys(cards) if card.casefold() != "none"]
    questions.append(partial(catalog.python, "torch", environment.pin.torch))
    unknown: list[EigenherdError] = []
    for ask in questions:
        try:
            ask()
        except EigenherdError as error:
            unknown.append(error)
    if unknown:
        raise together(unknown)
