"""What things cost: machines to rent, cards to buy, hosted models, seats, electricity. All without VAT, each dated.

Prices are read by people from what providers publish; nobody asks the network. How old one may be: plan.catalog.check.
"""

from functools import cache
from typing import Literal

from plan.catalog.rows import Row
from plan.catalog.tables import rows_of
from plan.errors import PlanError

VAT = 0.19  # Germany's
Currency = Literal["EUR", "USD"]
Home = Literal["US", "EU"]


class OfferRow(Row):
    """A machine one can rent. Prices in euro without VAT; a month that is left out is not known to us.

    count: of the same card. countries: where it stands, as far as that is known. disk: empty where it is
    ordered apart from the machine.
    """

    provider: str
    product: str
    gpu: str
    count: int = 1
    memory_gib: int
    disk: str = ""
    locations: tuple[str, ...]
    countries: tuple[Literal["DE", "FI", "FR"], ...]
    eur_month: float | None = None
    eur_setup: float | None = None
    eur_hour: float | None = None
    orderable: bool = True


class PricedRow(Row):
    """Something with a price in its seller's currency. vat: whether that is in the price."""

    price: float
    currency: Currency = "EUR"
    vat: bool = False

    @property
    def eur(self) -> float:
        """In euro, without VAT."""
        return net_eur(self.price, self.currency, self.vat)


class CardRow(PricedRow):
    """A card one can buy, without a computer around it."""

    gpu: str


class SeatRow(PricedRow):
    """A month of a chat assistant for one person."""

    name: str


class ElectricityRow(PricedRow):
    """A kilowatt hour in Germany."""

    customer: Literal["business", "household"]


class HostedRow(Row):
    """A model that somebody else serves, by tokens. Prices of a million of them, without VAT.

    home: whose law its provider is under; hosted: the country where it runs. model: the catalogue's name for the
    same weights, where it has them.
    """

    name: str
    provider: str
    home: Home
    hosted: Literal["US", "DE", "FR"]
    model: str = ""
    input_mtok: float
    output_mtok: float
    currency: Currency = "USD"

    def eur_per_token(self, read: float) -> float:
        """Euro for one token that is generated, and the tokens that are read for it."""
        return net_eur(self.output_mtok + read * self.input_mtok, self.currency) / 1e6


class ExchangeRow(Row):
    """US dollars for one euro."""

    usd: float


@cache
def offers() -> tuple[OfferRow, ...]:
    return rows_of("offers", OfferRow)


@cache
def cards() -> tuple[CardRow, ...]:
    return rows_of("card_prices", CardRow)


@cache
def hosted() -> tuple[HostedRow, ...]:
    return rows_of("hosted", HostedRow)


@cache
def seats() -> tuple[SeatRow, ...]:
    return rows_of("seats", SeatRow)


@cache
def electricity() -> tuple[ElectricityRow, ...]:
    return rows_of("electricity", ElectricityRow)


@cache
def exchange() -> ExchangeRow:
    return rows_of("exchange", ExchangeRow)[0]


def net_eur(price: float, currency: Currency, vat: bool = False) -> float:
    return price / (exchange().usd if currency == "USD" else 1) / (1 + VAT if vat else 1)


def hosted_as(model: str, home: Home) -> HostedRow:
    """What to compare a model with: the same weights where somebody under that law serves them, else the first row."""
    rows = [row for row in hosted() if row.home == home]
    return next((row for row in rows if row.model == model), rows[0])


def hosted_named(name: str) -> HostedRow:
    for row in hosted():
        if row.name.casefold() == name.casefold():
            return row
    known = ", ".join(f"`{row.name}`" for row in hosted())
    raise PlanError("a hosted model that the catalogue has a price for", f"`{name}`", f"one of {known}")
