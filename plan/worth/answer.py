"""Takes the machine that is cheapest over the months for each model, judges it, and shows that."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import cast

from rich.console import Console

from plan import catalog
from plan.errors import PlanError
from plan.sizing import Fit, Size, fits, question
from plan.worth import Assumptions, Means, Worth, judge, machines
from plan.worth.page import page
from plan.worth.table import show
from plan.worth.told import assumptions, licence, verdict
from plan.worth.value import How
from plan.worth.words import LANGUAGES, Language


@dataclass(frozen=True)
class Wanted:
    """Which machines may carry a model: only this card, within a budget, to rent or to buy, in a country."""

    gpu: str = ""
    budget_eur: float | None = None
    how: How | None = None
    country: str = "DE"


@dataclass(frozen=True)
class Answer:
    """The cheapest machine's worth, what else carries the model, and the cards by how full they get."""

    worth: Worth
    others: tuple[Means, ...]
    cards: tuple[Fit, ...]


def sized(asked: question.Asked) -> Size:
    """A PlanError with the nearest that fits where no card asked for carries it."""
    found = question.answer(asked)
    if not found.fits:
        wanted = f"{'a' if not asked.gpu else asked.gpu + ' as the'} card that carries {found.size.model}"
        raise PlanError(
            wanted, f"{found.size.total_mib:,.0f} MiB, for which none is enough", f"nearest is `{found.nearest}`"
        )
    return found.size


def answered(size: Size, wanted: Wanted, assumed: Assumptions) -> Answer:
    """A PlanError where nothing carries it, or nothing within the budget."""
    found = machines(size, assumed, wanted.how, wanted.budget_eur, wanted.gpu, wanted.country)
    worth = judge(size, found[0], assumed)
    return Answer(worth, tuple(found[1:]), tuple(fits(size, catalog.gpus())))


def show_all(
    answers: Sequence[Answer], on: date, language: Language, html: Path | None, as_json: bool, console: Console
) -> None:
    """html: a page is written there too, before anything is printed."""
    if html:
        html.write_text(page(answers, on, language), encoding="utf-8")
    if as_json:
        console.print_json(json.dumps([as_dict(one, on) for one in answers]))
        return
    for one in answers:
        show(one, on, language, console)
    if html:
        console.print(str(html), soft_wrap=True, markup=False)


def write_page(file: Path, sizes: Sequence[Size], wanted: Wanted, lang: str) -> None:
    """For `size`: with the usual assumptions, as of today."""
    language = cast(Language, question.one_of("--lang", lang, LANGUAGES))
    answers = [answered(size, wanted, Assumptions(users=size.users)) for size in sizes]
    file.write_text(page(answers, date.today(), language), encoding="utf-8")


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
