"""`eigenherd offers` and `eigenherd catalog check`: what the catalogue says of prices and pins, as of a day."""

from datetime import date

from rich.console import Console
from rich.table import Table

from plan.catalog import market
from plan.catalog.age import told
from plan.catalog.check import findings


def show_offers(on: date, console: Console) -> None:
    """Two tables, the cheapest first; prices without VAT."""
    rent = Table("provider", "product", "cards", "where", title="To rent", title_justify="left")
    for column in ("EUR a month", "set-up"):
        rent.add_column(column, justify="right")
    rent.add_column("price of")
    for row in sorted(market.offers(), key=lambda row: (row.eur_month is None, row.eur_month or 0, row.product)):
        where = f"{', '.join(row.locations)} ({', '.join(row.countries)})"
        price_of = told(row, "offer", on) if row.orderable else f"{row.date}, not to be had any more"
        rent.add_row(
            row.provider,
            row.product,
            f"{row.count} x {row.gpu}",
            where,
            euro(row.eur_month),
            euro(row.eur_setup),
            price_of,
        )
    console.print(rent)
    buy = Table("card", title="To buy, without a computer around it", title_justify="left")
    buy.add_column("EUR", justify="right")
    buy.add_column("price of")
    buy.add_column("by whom")
    for card in sorted(market.cards(), key=lambda row: row.eur):
        buy.add_row(card.gpu, euro(card.eur), told(card, "card", on), card.source)
    console.print(buy)
    rate = market.exchange()
    console.print(
        f"Without VAT. Dollars at {rate.usd:g} a euro ({told(rate, 'exchange', on)}). Sources: docs/offers.md",
        style="dim",
    )


def check(on: date, console: Console) -> int:
    """0 where a release may carry the catalogue, else 1."""
    found = findings(on)
    for finding in found:
        console.print(str(finding), markup=False)
    console.print(f"catalogue on {on}: {len(found)} to mend" if found else f"catalogue on {on}: nothing to mend")
    return 1 if found else 0


def euro(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"
