"""The figures of the document behind this project beside ours, and why they differ."""

from dataclasses import dataclass

from plan.sizing.cards import VRAM_USABLE, fits
from plan.sizing.known import row_of, rows
from plan.sizing.question import Asked, answer, cards_named
from plan.sizing.size import size_of
from plan.sizing.value import Fit, Size

GB = 1024  # MiB: what is sold as 8 GB of VRAM are 8 GiB
CONTEXT = 4096
RULE = "the figure is a rule of thumb by the number of parameters"


@dataclass(frozen=True)
class SeedModel:
    title: str
    parameters: str
    vram_gb: int
    size: Size
    reason: str


@dataclass(frozen=True)
class SeedTier:
    """fitting: models for it that fit into the document's figure; lacking: those that need more."""

    tier: str
    vram_gb: int
    fitting: tuple[Size, ...]
    lacking: tuple[Size, ...]
    cards: tuple[str, ...]


def models() -> list[SeedModel]:
    """One request of 4096 tokens at a time, or the model's longest; files as Ollama published them."""
    found = []
    for row in rows("seed/models"):
        needed = size_of(row_of(row["model"]), context=CONTEXT)
        found.append(SeedModel(row["title"], row["parameters"], row["vram_gb"], needed, _why(row["vram_gb"], needed)))
    return found


def _why(vram_gb: int, needed: Size) -> str:
    spare = vram_gb * GB * VRAM_USABLE - needed.total_mib
    parts = f"{needed.weights_mib:,.0f} MiB of weights ({needed.quant}) and {needed.kv_cache_mib:,.0f} of cache"
    if spare < 0:
        return f"more: {parts} leave no room on such a card; {RULE}"
    if needed.total_mib < vram_gb * GB / 2:
        return f"less than half: {parts}; {RULE}, 8 GB is its smallest"
    longer = _longest(needed, vram_gb)
    return f"fits: {parts}; the rest is room for a request of {longer:,} tokens" if longer else f"fits: {parts}; {RULE}"


def _longest(needed: Size, vram_gb: int) -> int:
    """Tokens of one request that fill a card of that size, where the model can take more than were asked."""
    row = row_of(needed.model)
    longest, context = 0, CONTEXT * 2
    while context <= row["context"]:
        if size_of(row, context=context).total_mib <= vram_gb * GB * VRAM_USABLE:
            longest = context
        context *= 2
    return longest


def tiers() -> list[SeedTier]:
    found = []
    for row in rows("seed/tiers"):
        sizes = [size_of(row_of(name)) for name in row["models"]]
        within = [size for size in sizes if size.total_mib <= row["vram_gb"] * GB * VRAM_USABLE]
        best = within[0] if within else sizes[-1]
        cards = tuple(fit.gpu for fit in fits(best, cards_named(""), counts=(1,))[:3])
        found.append(
            SeedTier(
                row["tier"], row["vram_gb"], tuple(within), tuple(size for size in sizes if size not in within), cards
            )
        )
    return found


def largest_on(gpu: str) -> list[tuple[Size, Fit]]:
    """Models of the catalogue that one such card carries with 8192 tokens, the largest first, at most three."""
    answers = (answer(Asked(row["name"], gpu=gpu)) for row in rows("models"))
    carried = [(one.size, one.fits[0]) for one in answers if one.fits and one.fits[0].count == 1]
    return sorted(carried, key=lambda pair: -pair[0].weights_mib)[:3]
