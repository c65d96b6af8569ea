"""The answer as a page that needs nothing else: no script, no font, no network."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plan.page import template
from plan.worth import told
from plan.worth.bars import bars, legend
from plan.worth.curves import by_year, curves
from plan.worth.words import Language, number, word

if TYPE_CHECKING:
    from plan.worth.answer import Answer


def page(answers: Sequence["Answer"], on: date, language: Language) -> str:
    """HTML in one language, light and dark; each plot has a title, a description and a table of the same figures."""
    return template(Path(__file__).parent).render(
        language=language,
        on=on,
        legend=legend(language),
        answers=[_shown(answer, on, language) for answer in answers],
        word=partial(_word, language),
    )


def _word(language: Language, key: str, **values: object) -> str:
    return word(key, language, **values)


def _shown(answer: "Answer", on: date, language: Language) -> dict[str, object]:
    """What the template writes for one model: ready words and geometry."""
    worth = answer.worth
    size, assumed = worth.size, worth.assumptions
    return {
        "size": size,
        "verdict": told.verdict(worth, language),
        "mood": worth.verdict.value,
        "machine": told.machine(worth.means, language),
        "asked": f"{number(size.users, language)} {word('users', language)}, "
        f"{number(size.context, language)} {word('context', language)}, {size.quant}",
        "licence": told.licence(size.model, language),
        "total": number(worth.cost.total_eur, language),
        "months": assumed.months,
        "tokens_day": number(assumed.tokens_day, language),
        "most": number(worth.means.most_tokens_day, language),
        "never": any(one.even_tokens_day is None for one in worth.comparisons),
        "parts": [(name, number(euro, language)) for name, euro in told.parts(worth, language)],
        "price": told.price_of(worth.means.price, worth.means.kind, on, language),
        "ways": [
            {
                "key": one.against,
                "name": one.name,
                "where": one.where,
                "total": number(one.total_eur, language),
                "even": told.even(one, language),
                "paid": told.paid(one, assumed.months, language),
                "price": told.price_of(one.price, one.kind, on, language),
            }
            for one in worth.comparisons
        ],
        "bars": bars(size, answer.cards, worth.means.gpu, language),
        "curves": curves(worth, language),
        "by_year": [(month, [number(euro, language) for euro in paid]) for month, paid in by_year(worth)],
        "others": [
            (
                told.machine(means, language),
                number(means.once_eur, language),
                number(means.month_eur, language),
                told.price_of(means.price, means.kind, on, language),
            )
            for means in answer.others[:8]
        ],
        "assumptions": told.assumptions(worth, on, language),
    }
