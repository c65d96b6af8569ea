"""An answer as tables for the terminal, and the catalogue's lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from plan.sizing.cards import REACHED, REACHED_SOURCE
from plan.sizing.known import model_of, rows
from plan.sizing.offers import offers
from plan.sizing.question import Answer
from plan.sizing.told import PARTS, card
from plan.sizing.value import Fit, Size

MOST_FITS, MOST_OFFERS = 12, 6


def show(answer: Answer, console: Console) -> None:
    size = answer.size
    console.print(f"[bold]{size.model}[/bold]  {size.quant}, {size.engine}, {_served(size)}")
    table = Table(box=None, pad_edge=False)
    names = {"weights_mib": "weights", "kv_cache_mib": "KV cache", "compute_mib": "compute", "runtime_mib": "runtime"}
    for name in (*names.values(), "together (MiB)"):
        table.add_column(name, justify="right")
    table.add_row(*(f"{getattr(size, part):,.0f}" for part in PARTS), f"{size.total_mib:,.0f}")
    console.print(table)
    if size.projector_mib:
        console.print(f"of the weights {size.projector_mib:,.0f} MiB are the vision part", style="dim")
    if not answer.fits:
        console.print(f"no card asked for carries it; nearest is `{answer.nearest}`", style="yellow")
        return
    console.print(_cards(answer.fits))
    left = len(answer.fits) - MOST_FITS
    console.print(
        (f"and {left} more; " if left > 0 else "")
        + f"tokens/s: {REACHED:.0%} of what the memory's bandwidth allows ({REACHED_SOURCE})",
        style="dim",
    )
    found = offers(answer.fits, answer.most_eur)
    if found:
        console.print(_offers(found[:MOST_OFFERS]))


def _served(size: Size) -> str:
    return (
        f"{size.context:,} tokens a request, {size.users} {'user' if size.users == 1 else 'users'},"
        f" {size.slots} at once, {size.kv_cache} cache"
    )


def _cards(fits: Sequence[Fit]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("carried by", "usable (MiB)", "full", "tokens/s a user", "tokens/s in all"):
        table.add_column(name, justify="left" if name == "carried by" else "right")
    for fit in fits[:MOST_FITS]:
        table.add_row(
            card(fit), f"{fit.vram_mib:,.0f}", f"{fit.share:.0%}", f"{fit.tokens_s_user:.0f}", f"{fit.tokens_s_all:.0f}"
        )
    return table


def _offers(found: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("to rent", "where", "EUR a month", "EUR once", "price of"):
        table.add_column(name, justify="right" if "EUR" in name else "left")
    for row in found:
        month, once = (
            f"{row[key]:,.2f}" if row[key] is not None else "not known" for key in ("eur_month", "eur_setup")
        )
        table.add_row(f"{row['provider']} {row['product']}", row["location"], month, once, row["date"])
    return table


def models_table() -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("model", "title", "weights (MiB)", "quantised", "longest context", "licence"):
        table.add_column(name, justify="right" if name.endswith((")", "context")) else "left")
    for row in rows("models"):
        weights = model_of(row).weights / 2**20
        table.add_row(
            row["name"], row["title"], f"{weights:,.0f}", row["quant"], f"{row['context']:,}", row.get("licence", "")
        )
    return table


def gpus_table() -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("card", "VRAM (GiB)", "GB/s", "W", "generation"):
        table.add_column(name, justify="left" if name in ("card", "generation") else "right")
    for row in rows("gpus"):
        numbers = (str(row[key]) for key in ("vram_gib", "bandwidth_gbs", "tdp_w"))
        table.add_row(row["name"], *numbers, row["architecture"])
    return table
