"""What of the catalogue a release may not carry: stale prices, pins whose support has ended, versions with known holes.

The day is given in, never asked of the clock: the same catalogue on the same day gives the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from plan import catalog
from plan.catalog import market
from plan.catalog.age import MOST_DAYS, Kind, days_old, is_stale
from plan.catalog.rows import DriverRow, Row, SystemRow


@dataclass(frozen=True)
class Finding:
    """what: the row; found: what is wrong with it; todo: what mends it."""

    what: str
    found: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what}: {self.found}\n  -> {self.todo}"


def findings(on: date) -> list[Finding]:
    """All of them; none is a catalogue that a release may carry."""
    return [*stale(on), *ended(on), *with_holes()]


def stale(on: date) -> Iterator[Finding]:
    """Prices older than their kind may be, in the order of the files; of what can be ordered no more, none."""
    priced: list[tuple[Kind, Sequence[Row]]] = [
        ("offer", [row for row in market.offers() if row.orderable and row.eur_month is not None]),
        ("card", market.cards()),
        ("hosted", market.hosted()),
        ("seat", market.seats()),
        ("electricity", market.electricity()),
        ("exchange", (market.exchange(),)),
    ]
    for kind, rows in priced:
        for row in rows:
            if is_stale(row, kind, on):
                yield Finding(
                    f"{kind} {name_of(row)}",
                    f"a price of {row.date}, {days_old(row, on)} days old; at most {MOST_DAYS[kind]}",
                    "read it again at its source and write the day, or take the row out",
                )


def ended(on: date) -> Iterator[Finding]:
    """Driver branches that plans still take, and systems that machines may have, past the end of their support.

    A branch that had ended by the day of its own row is known as such, and no plan takes it.
    """
    month = on.isoformat()[:7]
    rows: list[DriverRow | SystemRow] = [row for row in catalog.drivers() if row.end_of_life >= row.date[:7]]
    rows += [row for row in catalog.systems() if row.end_of_life]
    for row in rows:
        if row.end_of_life < month:
            branch = isinstance(row, DriverRow)
            yield Finding(
                f"driver branch {row.branch}" if isinstance(row, DriverRow) else row.title,
                f"its support ended by {row.end_of_life}",
                "look its table up again and write its day: then no plan takes it"
                if branch
                else "take the system out, or the date of a longer support in",
            )


def with_holes() -> Iterator[Finding]:
    """Versions that plans take, below the one in which the known holes are closed."""
    for floor in catalog.engine_floors():
        engine = catalog.engine(floor.name)
        taken = {engine.version} | {row.version for row in catalog.archives() if row.engine == floor.name}
        taken |= {row.version for row in catalog.pythons() if row.name == engine.python}
        for version in sorted(taken):
            if _numbers(version) < _numbers(floor.least_version):
                yield Finding(
                    f"{floor.title} {version}",
                    f"has holes that {floor.least_version} closes: {', '.join(floor.advisories)}",
                    f"take {floor.least_version} or newer",
                )


def name_of(row: Row) -> str:
    if isinstance(row, market.OfferRow):
        return f"{row.provider} {row.product}"
    if isinstance(row, market.CardRow):
        return row.gpu
    if isinstance(row, market.ElectricityRow):
        return row.customer
    return row.name if isinstance(row, market.HostedRow | market.SeatRow) else "rate of euro and dollar"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
