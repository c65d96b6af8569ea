"""What things cost: machines to rent, cards, hosted models, seats, electricity; each with its day and source."""

from plan.catalog import market
from plan.catalog.age import MOST_DAYS
from plan.catalog.rows import Row
from tools.docs.markdown import document, table


def page() -> str:
    """Without the age of a price, which is another one every day: `eigenherd offers` says it."""
    rent = (
        (
            row.provider,
            row.product,
            f"{row.count} x {row.gpu}",
            f"{', '.join(row.locations)} ({', '.join(row.countries)})",
            euro(row.eur_month),
            euro(row.eur_setup),
            "yes" if row.orderable else "no more",
            source(row),
        )
        for row in market.offers()
    )
    cards = ((row.gpu, euro(row.eur), asked(row), source(row)) for row in market.cards())
    hosted = (
        (
            row.name,
            f"{row.provider} ({row.home})",
            row.hosted,
            f"{row.input_mtok:.2f} {row.currency}",
            f"{row.output_mtok:.2f} {row.currency}",
            f"`{row.model}`" if row.model else "",
            source(row),
        )
        for row in market.hosted()
    )
    rest = [
        *((f"{row.name}, a seat and month", euro(row.eur), asked(row), source(row)) for row in market.seats()),
        *((f"a kWh, {row.customer}", f"{row.eur:.4f}", asked(row), source(row)) for row in market.electricity()),
    ]
    rate = market.exchange()
    days = ", ".join(f"{kind} {days}" for kind, days in MOST_DAYS.items())
    return document(
        "What it costs",
        "Prices in `plan/catalog/`, in euro without VAT, each with the day it is of and who says so. We could not ask"
        " the providers; *unconfirmed* is what others quote. A price grows stale after some days and says so wherever"
        f" it is used ({days}); `eigenherd catalog check` lists those, and no release carries one."
        " What it is worth: [worth.md](worth.md).",
        "## Machines to rent",
        table(("provider", "product", "cards", "where", "EUR a month", "set-up", "can be ordered", "source"), rent),
        "## Cards to buy",
        "Without a computer around them.",
        table(("card", "EUR", "price as found", "source"), cards),
        "## Hosted models",
        "By a million tokens. *Same weights*: our name for the model that is served there.",
        table(("model", "provider", "runs in", "read", "generated", "same weights", "source"), hosted),
        "## Seats and electricity",
        table(("what", "EUR", "price as found", "source"), rest),
        f"A euro is {rate.usd:g} US dollars: {source(rate)}.",
    )


def euro(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"


def asked(row: market.PricedRow) -> str:
    return f"{row.price:g} {row.currency}{' with VAT' if row.vat else ''}"


def source(row: Row) -> str:
    return f"{row.source}, {row.date}" + ("" if row.confirmed else " (unconfirmed)")
