"""The machines that carry a size: to rent and to buy, within a budget, the cheapest over the months first.

One that cannot generate the tokens that are assumed goes behind all that can.
"""

from collections.abc import Iterable

from plan import catalog
from plan.catalog import market
from plan.errors import PlanError
from plan.sizing import Fit, Size, fits
from plan.worth.cost import cost_of
from plan.worth.value import Assumptions, How, Means

ANYWHERE = "any"
COUNTRIES = ("DE", "FI", "FR", ANYWHERE)
MOST_BOUGHT = 2  # cards that an ordinary computer has room and power for


def machines(
    size: Size,
    assumed: Assumptions,
    how: How | None = None,
    budget_eur: float | None = None,
    gpu: str = "",
    country: str = "DE",
) -> list[Means]:
    """At least one, or a PlanError. budget_eur: a month of rent, or what is paid once for bought cards.

    gpu: only this card, by its catalogue name. country: only machines to rent that may stand there; `any`.
    """
    cards = [catalog.gpu(gpu)] if gpu else catalog.gpus()
    carried = {fit.gpu: fit for fit in fits(size, cards)}
    found = [*_rented(carried, country), *_bought(carried.values(), assumed)]
    asked = [means for means in found if how in (None, means.how)]
    within = [means for means in asked if budget_eur is None or _needs_eur(means) <= budget_eur]
    if not within:
        raise _nothing(size, how, budget_eur, country, asked)
    return sorted(
        within, key=lambda means: (assumed.tokens_day > means.most_tokens_day, cost_of(means, assumed).total_eur)
    )


def _needs_eur(means: Means) -> float:
    return means.month_eur if means.how == "rent" else means.once_eur


def _rented(carried: dict[str, Fit], country: str) -> Iterable[Means]:
    for row in market.offers():
        there = country in (ANYWHERE, *row.countries)
        if row.gpu not in carried or row.count < carried[row.gpu].count:
            continue
        if not there or not row.orderable or row.eur_month is None:
            continue
        yield Means(
            name=f"{row.provider} {row.product}",
            how="rent",
            gpu=row.gpu,
            count=row.count,
            where=f"{', '.join(row.locations)} ({', '.join(row.countries)})",
            once_eur=row.eur_setup or 0.0,
            month_eur=row.eur_month,
            load_w=0.0,
            idle_w=0.0,
            tokens_s=carried[row.gpu].tokens_s_all,
            price=row,
            kind="offer",
        )


def _bought(carried: Iterable[Fit], assumed: Assumptions) -> Iterable[Means]:
    prices = {row.gpu: row for row in market.cards()}
    for fit in carried:
        row = prices.get(fit.gpu)
        if row is None or fit.count > MOST_BOUGHT:
            continue
        cards_w = fit.count * catalog.gpu(fit.gpu).tdp_w
        yield Means(
            name=f"{fit.count} x {fit.gpu}",
            how="buy",
            gpu=fit.gpu,
            count=fit.count,
            where="",
            once_eur=fit.count * row.eur + assumed.host_eur,
            month_eur=0.0,
            load_w=cards_w + assumed.host_w,
            idle_w=cards_w * assumed.idle_share + assumed.host_w,
            tokens_s=fit.tokens_s_all,
            price=row,
            kind="card",
        )


def _nothing(size: Size, how: How | None, budget_eur: float | None, country: str, asked: list[Means]) -> PlanError:
    what = {"rent": "a machine to rent", "buy": "cards to buy", None: "a machine"}[how]
    wanted = f"{what} that carries {size.model} ({size.total_mib:,.0f} MiB)"
    if asked and budget_eur is not None:
        near = min(asked, key=_needs_eur)
        needs = f"{_needs_eur(near):,.2f} EUR {'a month' if near.how == 'rent' else 'once'}"
        return PlanError(
            f"{wanted} for at most {budget_eur:,.2f} EUR",
            f"nothing: the cheapest is {near.name} at {needs}",
            f"give at least that, or ask for fewer users, a shorter context or a smaller model than {size.model}",
        )
    other = f"in `--country {country}` " if country != ANYWHERE and how != "buy" else ""
    return PlanError(
        wanted,
        f"nothing {other}with a price that is known",
        "ask for fewer users, a shorter context or a smaller model"
        + ("; or look everywhere: --country any" if other else "")
        + "; all prices: `eigenherd offers`",
    )
