"""How old a price may be before it says so by itself."""

from datetime import date
from typing import Literal

from plan.catalog.rows import Row
from plan.errors import SpecError
from plan.shown import shown

Kind = Literal["offer", "card", "hosted", "seat", "electricity", "exchange"]

# Rented machines and hosted models changed their prices several times in 2026; a card's moves with the market, and
# the price of electricity is published once a year, for the spring of the year before.
MOST_DAYS: dict[Kind, int] = {
    "offer": 180,
    "card": 180,
    "hosted": 180,
    "seat": 180,
    "electricity": 730,
    "exchange": 180,
}


def day(text: str) -> date:
    """A day as it is written, YYYY-MM-DD; today where nothing is."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise SpecError("a day as YYYY-MM-DD", shown(text), "write it like 2026-11-25") from None


def days_old(row: Row, on: date) -> int:
    return (on - date.fromisoformat(row.date)).days


def is_stale(row: Row, kind: Kind, on: date) -> bool:
    return days_old(row, on) > MOST_DAYS[kind]


def told(row: Row, kind: Kind, on: date) -> str:
    """A price's day in words: unconfirmed and stale where it is."""
    words = [row.date]
    if is_stale(row, kind, on):
        words.append(f"STALE: {days_old(row, on)} days old")
    if not row.confirmed:
        words.append("unconfirmed")
    return ", ".join(words)
