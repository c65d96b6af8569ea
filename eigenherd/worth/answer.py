"""Sizes each model, takes the machine that is cheapest over the months, judges it, and shows that."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from eigenherd.worth.page import page
from eigenherd.worth.table import show
from plan import catalog
from plan.errors import SpecError
from plan.nearest import listed, nearest
from plan.shown import shown
from plan.sizing import EngineName, Fit, KvType, Size, fits, size_of
from plan.worth import Assumptions, Means, Worth, judge, machines
from plan.worth.told import assumptions, licence, verdict
from plan.worth.value import How
from plan.worth.words import Language

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True)
class Asked:
    """What a model has to do, and which machines may do it."""

    context: int | None
    users: int
    quant: str | None
    kv_cache: KvType
    engine: EngineName
    gpu: str
    budget_eur: float | None
    how: How | None
    country: str


@dataclass(frozen=True)
class Answer:
    """The cheapest machine's worth, what else carries the model, and the cards by how full they get."""

    worth: Worth
    others: tuple[Means, ...]
    cards: tuple[Fit, ...]


def chosen(option: str, value: str, known: tuple[Choice, ...]) -> Choice:
    for choice in known:
        if choice == value.casefold():
            return choice
    raise SpecError(f"{option}: one of {listed(known)}", shown(value), f"nearest is `{nearest(value, known)}`")


def answered(size: Size, asked: Asked, assumed: Assumptions) -> Answer:
    """A PlanError where nothing carries it, or nothing within the budget."""
    found = machines(size, assumed, asked.how, asked.budget_eur, asked.gpu, asked.country)
    worth = judge(size, found[0], assumed)
    return Answer(worth, tuple(found[1:]), tuple(fits(size, catalog.gpus())))


def answer(
    models: Sequence[str],
    asked: Asked,
    assumed: Assumptions,
    on: date,
    language: Language,
    html: Path | None,
    as_json: bool,
    console: Console,
) -> None:
    """All models are judged before anything is shown or written."""
    found = [
        answered(
            size_of(catalog.model(name), asked.quant, asked.context, asked.users, asked.kv_cache, asked.engine),
            asked,
            assumed,
        )
        for name in models
    ]
    if html:
        html.write_text(page(found, on, language), encoding="utf-8")
    if as_json:
        console.print_json(json.dumps([as_dict(one, on) for one in found]))
        return
    for one in found:
        show(one, on, language, console)
    if html:
        console.print(str(html), soft_wrap=True, markup=False)


def as_dict(one: Answer, on: date) -> dict[str, object]:
    """For programs: English words, euro without VAT, null where a break-even is never."""
    worth = one.worth
    means = worth.means
    return {
        "model": worth.size.model,
        "machine": {
            "name": means.name, "how": means.how, "gpu": means.gpu, "count": means.count,
            "once_eur": round(means.once_eur, 2), "month_eur": means.month_eur, "date": means.price.date,
        },
        "months": worth.assumptions.months,
        "total_eur": round(worth.cost.total_eur, 2),
        "cost": {key: round(value, 2) for key, value in asdict(worth.cost).items()},
        "load_share": round(worth.load_share, 4),
        "comparisons": [
            {
                "against": other.against,
                "name": other.name,
                "total_eur": round(other.total_eur, 2),
                "even_tokens_day": other.even_tokens_day,
                "even_users": other.even_users,
                "even_month": other.even_month,
                "cheaper": other.cheaper,
                "date": other.price.date,
            }
            for other in worth.comparisons
        ],
        "verdict": worth.verdict.value,
        "says": verdict(worth, "en"),
        "licence": licence(worth.size.model, "en"),
        "assumptions": [asdict(line) for line in assumptions(worth, on, "en")],
    }  # fmt: skip
