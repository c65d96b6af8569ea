"""Compares a machine with three other ways to have its tokens, and finds from where on it is cheaper.

machine: once + months x fixed + tokens x its electricity. hosted: tokens x price. seats: seats x price x months.
Both sides grow straight with the tokens, so there is one point at which they meet, or none.
"""

from math import ceil

from plan.catalog import market
from plan.sizing import Size
from plan.worth.cost import cost_of, fixed_month_eur, token_eur
from plan.worth.value import DAYS_MONTH, Assumptions, Comparison, Means, Worth


def judge(size: Size, means: Means, assumed: Assumptions) -> Worth:
    comparisons = (
        _with_hosted("US", size.model, means, assumed),
        _with_hosted("EU", size.model, means, assumed),
        _with_seats(means, assumed),
    )
    return Worth(size, means, assumed, cost_of(means, assumed), comparisons)


def _with_hosted(home: market.Home, model: str, means: Means, assumed: Assumptions) -> Comparison:
    named = assumed.hosted_us if home == "US" else assumed.hosted_eu
    row = market.hosted_named(named) if named else market.hosted_as(model, home)
    price = row.eur_per_token(assumed.read)
    month_eur = assumed.tokens_day * DAYS_MONTH * price
    tokens_day = _even(means, assumed, price)
    return Comparison(
        against="hosted_us" if home == "US" else "hosted_eu",
        name=row.name,
        where=row.hosted,
        total_eur=month_eur * assumed.months,
        even_tokens_day=tokens_day,
        even_users=None if tokens_day is None else ceil(tokens_day / assumed.tokens_user_day),
        even_month=_even_month(means, assumed, month_eur),
        price=row,
        kind="hosted",
        cheaper=cost_of(means, assumed).total_eur < month_eur * assumed.months,
    )


def _with_seats(means: Means, assumed: Assumptions) -> Comparison:
    row = market.seats()[0]
    month_eur = (assumed.seats or assumed.users) * assumed.seat_eur
    price = assumed.seat_eur / DAYS_MONTH / assumed.tokens_user_day  # of a token, for who uses a seat as assumed
    tokens_day = _even(means, assumed, price)
    users = None if tokens_day is None else ceil(tokens_day / assumed.tokens_user_day)
    if users is not None and users * assumed.tokens_user_day > means.most_tokens_day:
        users = tokens_day = None  # of the last user, the machine serves a part only
    return Comparison(
        against="seats",
        name=row.name,
        where="",
        total_eur=month_eur * assumed.months,
        even_tokens_day=tokens_day,
        even_users=users,
        even_month=_even_month(means, assumed, month_eur),
        price=row,
        kind="seat",
        cheaper=cost_of(means, assumed).total_eur < month_eur * assumed.months,
    )


def _even(means: Means, assumed: Assumptions, price_eur: float) -> float | None:
    """Tokens a day at which both cost the same; None where the machine can never generate so many."""
    saved = (price_eur - token_eur(means, assumed)) * DAYS_MONTH * assumed.months
    fixed = means.once_eur + fixed_month_eur(means, assumed) * assumed.months
    if saved <= 0:
        return None
    return fixed / saved if fixed / saved <= means.most_tokens_day else None


def _even_month(means: Means, assumed: Assumptions, other_month_eur: float) -> float | None:
    """When what is saved each month has paid what was paid once."""
    cost = cost_of(means, assumed)
    saved = other_month_eur - (cost.total_eur - cost.once_eur) / assumed.months
    if saved <= 0 or means.once_eur / saved > assumed.months:
        return None
    return means.once_eur / saved
