"""What a preview says of costs before they occur: euro a month and once, and on whose word."""

from dataclasses import dataclass

from plan import catalog


@dataclass(frozen=True)
class Cost:
    """source: the provider's own list, or the catalogue with its date. Amounts without VAT."""

    what: str
    eur_month: float
    eur_setup: float
    source: str

    def line(self) -> str:
        return (
            f"costs: {self.what}: {self.eur_month:.2f} euro a month, {self.eur_setup:.2f} once, without VAT "
            f"({self.source})"
        )


def of_catalogue(provider: str, product: str) -> Cost | None:
    """What the catalogue knows of a product; a variant (GEX131-1) costs what its model (GEX131) does."""
    for row in catalog.offers():
        if row.provider == provider and (product == row.name or product.startswith(f"{row.name}-")):
            doubt = "" if row.confirmed else ", not confirmed"
            source = f"our catalogue of {row.date}{doubt}; the provider's list was not asked"
            return Cost(product, row.monthly_eur, row.setup_eur or 0.0, source)
    return None
