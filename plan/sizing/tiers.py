"""The document's tiers as a table for the terminal."""

from rich.table import Table

from plan.sizing.seed import tiers


def table() -> Table:
    found = Table(box=None, pad_edge=False)
    for name in ("tier", "the document", "fits into that (MiB)", "needs more (MiB)", "smallest cards for the first"):
        found.add_column(name)
    for tier in tiers():
        fitting, lacking = (
            ", ".join(f"{size.model} {size.total_mib:,.0f}" for size in sizes) for sizes in (tier.fitting, tier.lacking)
        )
        found.add_row(tier.tier, f"{tier.vram_gb} GB", fitting, lacking, ", ".join(tier.cards))
    return found
