"""What a stack costs, said before it occurs: in euro a month and for the set-up, each with where the price is from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType

from plan.catalog import market
from plan.plan import Plan


@dataclass(frozen=True)
class Cost:
    """One thing that is rented. Net, without VAT; eur_month None: nobody told us. source: with its date."""

    what: str
    eur_month: float | None
    eur_setup: float
    source: str

    def line(self) -> str:
        month = "?" if self.eur_month is None else f"{self.eur_month:.2f}"
        return f"costs: {self.what}: {month} euro a month, {self.eur_setup:.2f} once, without VAT ({self.source})"


def lines(costs: Sequence[Cost]) -> list[str]:
    """A line each and the sum; a price that is not known is said, not taken for nothing."""
    if not costs:
        return []
    wide = max(len(cost.what) for cost in costs)
    shown = [
        f"  {cost.what:{wide}}  {_euro(cost.eur_month)} a month  {_setup(cost.eur_setup)}({cost.source})"
        for cost in costs
    ]
    known = sum(cost.eur_month or 0 for cost in costs)
    setup = sum(cost.eur_setup for cost in costs)
    unknown = [cost.what for cost in costs if cost.eur_month is None]
    total = f"  {'together':{wide}}  {_euro(known)} a month  {_setup(setup, 'nothing for the set-up ')}"
    without = f"without {', '.join(unknown)}, whose price is not known" if unknown else "without VAT"
    return ["This stack costs, whether it runs or is switched off:", *shown, total + without]


def _euro(amount: float | None) -> str:
    return "       ?" if amount is None else f"{amount:8.2f} EUR"


def _setup(amount: float, nothing: str = "") -> str:
    return f"and {amount:.2f} EUR once " if amount else nothing


def of_catalogue(provider: str, product: str) -> Cost | None:
    """What the catalogue knows of a product; a variant (GEX131-1) costs what its model (GEX131) does."""
    for row in market.offers():
        if row.provider == provider and (product == row.product or product.startswith(f"{row.product}-")):
            doubt = "" if row.confirmed else ", not confirmed"
            source = f"our catalogue of {row.date}{doubt}; the provider's list was not asked"
            return Cost(product, row.eur_month, row.eur_setup or 0.0, source)
    return None


def of(plan: Plan, providers: Iterable[ModuleType]) -> list[Cost]:
    return [cost for module in providers if hasattr(module, "costs") for cost in module.costs(plan)]


def announce(plan: Plan, providers: Iterable[ModuleType]) -> None:
    """In a preview only, which `pulumi up` begins with: afterwards it is too late."""
    import pulumi  # who only reads the lines has no need of it

    if pulumi.runtime.is_dry_run() and (costs := of(plan, providers)):
        pulumi.log.info("\n".join(lines(costs)))
