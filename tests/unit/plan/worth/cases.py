"""Machines and prices with round figures, so that a person can check each sum."""

from dataclasses import replace
from typing import Any

from plan.catalog import market
from plan.sizing import Size
from plan.worth import Assumptions, Means

SOURCED: dict[str, Any] = {"source": "here", "date": "2026-11-01"}

SIZE = Size(
    model="gpt-oss:20b", quant="MXFP4", context=8192, users=4, slots=4, kv_cache="f16", engine="ollama",
    weights_mib=12_000, kv_cache_mib=1_000, compute_mib=500, runtime_mib=500, layers=24, active_mib=2_000,
    kv_read_mib=250,
)  # fmt: skip

# 100 W under load, 20 W idle, 100 tokens a second; a kWh is 0.30.
BOUGHT = Means(
    name="1 x L4", how="buy", gpu="L4", count=1, where="", once_eur=3_600, month_eur=0, load_w=100, idle_w=20,
    tokens_s=100, price=market.CardRow(gpu="L4", price=3_600, **SOURCED), kind="card",
)  # fmt: skip
RENTED = replace(BOUGHT, name="R1", how="rent", once_eur=360, month_eur=100, load_w=0, idle_w=0)

ASSUMED = Assumptions(
    months=36, users=10, tokens_user_day=10_000, read=3, eur_kwh=0.30, maintenance_h=1, eur_hour=50, seat_eur=29
)


def hosted(output_mtok: float, input_mtok: float = 0, home: market.Home = "US") -> market.HostedRow:
    return market.HostedRow(
        name=f"{home} at {output_mtok}", provider="x", home=home, hosted="US" if home == "US" else "DE",
        input_mtok=input_mtok, output_mtok=output_mtok, currency="EUR", **SOURCED,
    )  # fmt: skip
