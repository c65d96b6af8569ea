"""Rented machines that carry a size, from the catalogue's offers; read without pydantic, as plan.sizing.known does."""

from collections.abc import Iterable, Mapping
from typing import Any

from plan.sizing.known import rows
from plan.sizing.value import Fit


def offers(fits: Iterable[Fit], most_eur: float | None = None) -> list[dict[str, Any]]:
    """provider, product, location, eur_month, eur_setup, date of each, the cheapest first; an unknown price is None."""
    fewest = {fit.gpu: fit.count for fit in fits}
    found = [row for row in rows("offers") if row.get("orderable", True) and _carries(row, fewest)]
    if most_eur is not None:
        found = [row for row in found if row.get("eur_month") is not None and row["eur_month"] <= most_eur]
    found.sort(key=lambda row: (row.get("eur_month") is None, row.get("eur_month") or 0.0))
    return [
        {
            "provider": row["provider"],
            "product": row["product"],
            "location": ", ".join(row["locations"]),
            "eur_month": row.get("eur_month"),
            "eur_setup": row.get("eur_setup"),
            "date": row["date"],
        }
        for row in found
    ]


def _carries(row: Mapping[str, Any], fewest: Mapping[str, int]) -> bool:
    return row["gpu"] in fewest and row.get("count", 1) >= fewest[row["gpu"]]
