"""The verdict and everything it rests on, as lines of words: the same for the terminal, the page and the documents."""

from dataclasses import dataclass
from datetime import date

from plan import catalog
from plan.catalog import market
from plan.catalog.age import Kind, days_old, is_stale
from plan.catalog.rows import Row
from plan.sizing.cards import REACHED_SOURCE
from plan.worth.value import Assumptions, Comparison, Means, Worth
from plan.worth.words import Language, listed, number, word


@dataclass(frozen=True)
class Line:
    """One assumption. option: what changes it, empty where it follows from others."""

    name: str
    value: str
    source: str
    option: str = ""


def verdict(worth: Worth, language: Language) -> str:
    cheaper = [word(one.against, language) for one in worth.comparisons if one.cheaper]
    dearer = [word(one.against, language) for one in worth.comparisons if not one.cheaper]
    load = percent(worth.load_share, language)
    return word(
        worth.verdict.value, language, cheaper=listed(cheaper, language), dearer=listed(dearer, language), load=load
    )


def licence(model: str, language: Language) -> str:
    """What the licence of a catalogue model allows; nothing of a file that the catalogue does not know."""
    row = next((row for row in catalog.models() if row.name == model), None)
    if row is None:
        return ""
    found = catalog.licence(row.licence)
    doubt = "" if found.confirmed else f", {word('unconfirmed', language)}"
    company = word("may" if found.company else "may_not", language)
    eu = word("in_eu" if found.eu else "not_in_eu", language)
    return f"{found.name}: {company}, {eu} ({found.source}, {found.date}{doubt})"


def parts(worth: Worth, language: Language) -> list[tuple[str, float]]:
    """What the machine costs over the months, by what for, in euro; what is nothing is left out."""
    cost, how = worth.cost, worth.means.how
    found = [
        (word(f"once_{how}", language), cost.once_eur),
        (word("rent_sum", language), cost.rent_eur),
        (word("electricity", language), cost.electricity_eur),
        (word("maintenance", language), cost.maintenance_eur),
    ]
    return [(name, euro) for name, euro in found if euro]


def even(one: Comparison, language: Language) -> tuple[str, str]:
    """Tokens a day and users from which on the machine is cheaper."""
    if one.even_tokens_day is None or one.even_users is None:
        return word("never", language), word("never", language)
    return number(one.even_tokens_day, language), number(one.even_users, language)


def paid(one: Comparison, months: int, language: Language) -> str:
    if one.even_month is None:
        return word("not_within", language, months=months)
    return f"{number(one.even_month, language, 1)} {word('months_unit', language)}"


def machine(means: Means, language: Language) -> str:
    """Its name, what it has, and whether it is rented or bought."""
    cards = f"{means.count} x {means.gpu}, " if means.how == "rent" else ""
    where = f", {means.where}" if means.where else ""
    return f"{means.name} ({cards}{word(means.how, language)}{where})"


def price_of(row: Row, kind: Kind, on: date, language: Language) -> str:
    """The day of a price, and what is to be known of it."""
    words = [row.date]
    if is_stale(row, kind, on):
        words.append(f"{word('stale', language)}: {word('days', language, days=days_old(row, on))}")
    if not row.confirmed:
        words.append(word("unconfirmed", language))
    return ", ".join(words)


def assumptions(worth: Worth, on: date, language: Language) -> list[Line]:
    """All of them, each with where it is from and what changes it; without what does not matter for this machine."""
    assumed, means, usual = worth.assumptions, worth.means, Assumptions()
    rate = market.exchange()

    def line(key: str, digits: int, row: Row | None = None, kind: Kind = "seat") -> Line:
        value, option = getattr(assumed, key), f"--{key.replace('_', '-')}"
        source = word("asked", language) if value != getattr(usual, key) else word("ours", language)
        if row and value == getattr(usual, key):
            source = from_row(row, kind)
        return Line(word(f"a_{key}", language), number(value, language, digits), source, option)

    def from_row(row: Row, kind: Kind) -> str:
        return f"{row.source}; {price_of(row, kind, on, language)}"

    def computed(key: str, value: str, source: str = "") -> Line:
        return Line(word(f"a_{key}", language), value, source or word("computed", language))

    lines = [
        line("months", 0),
        line("users", 0),
        line("tokens_user_day", 0),
        line("read", 1),
        computed("tokens_s", number(means.tokens_s, language), REACHED_SOURCE),
        computed("load", percent(worth.load_share, language)),
    ]
    if means.how == "buy":
        lines += [
            line("eur_kwh", 4, market.electricity()[0], "electricity"),
            computed("load_w", number(means.load_w, language)),
            computed("idle_w", number(means.idle_w, language)),
            line("idle_share", 2),
            line("host_w", 0),
            line("host_eur", 2),
        ]
    lines += [line("maintenance_h", 1), line("eur_hour", 2), _seats(assumed, language)]
    lines += [line("seat_eur", 2, market.seats()[0])]
    for one in worth.comparisons:
        if isinstance(one.price, market.HostedRow):
            cost = number(one.price.eur_per_token(assumed.read) * 1e6, language, 2)
            value = f"{one.name}, {word('per_mtok', language, price=cost)}"
            option = f"--{one.against.replace('_', '-')}"
            lines.append(Line(word(f"a_{one.against}", language), value, from_row(one.price, one.kind), option))
    return [*lines, computed("exchange", number(rate.usd, language, 4), from_row(rate, "exchange"))]


def _seats(assumed: Assumptions, language: Language) -> Line:
    source = word("asked" if assumed.seats else "as_users", language)
    return Line(word("a_seats", language), number(assumed.seats or assumed.users, language), source, "--seats")


def percent(share: float, language: Language) -> str:
    text = number(share * 100, language, 1 if share < 0.1 else 0)
    return f"{text} %"
