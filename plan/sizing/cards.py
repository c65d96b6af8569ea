"""Which cards carry a size, and how fast they answer: a roofline of the memory's bandwidth.

A token needs the active weights and the request's cache read once; tokens of requests that are computed together
share the weights. Engines reach a share of that bandwidth.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from plan.sizing.value import Fit, Size

VRAM_USABLE = 0.93  # cards report 94 (ECC on GDDR6) to 99 % of the size on the box; the driver keeps a little
COUNTS = (1, 2, 4, 8)
REACHED = 0.6  # of the bandwidth, in decoding; see REACHED_SOURCE
REACHED_SOURCE = (
    "half to three quarters of the roofline are usual for llama.cpp and vLLM with quantised weights;"
    " general knowledge, not yet run on hardware"
)
MIB, GIGA = 2**20, 10**9


class Card(Protocol):
    """As plan.catalog.rows.GpuRow has it."""

    @property
    def name(self) -> str: ...
    @property
    def vram_gib(self) -> int: ...
    @property
    def bandwidth_gbs(self) -> int: ...


def fits(size: Size, cards: Iterable[Card], counts: Sequence[int] = COUNTS) -> list[Fit]:
    """Each card that carries it, with the fewest of it that do; the fullest first."""
    found = [fit for card in cards if (fit := _fewest(size, card, counts))]
    return sorted(found, key=lambda fit: (fit.vram_mib, -fit.share, fit.gpu))


def fullest_mib(size: Size, count: int) -> float:
    """Of several cards, what the fullest takes: whole layers, and a runtime and buffers of its own."""
    part = -(-size.layers // count) / size.layers
    return (size.weights_mib + size.kv_cache_mib) * part + size.compute_mib + size.runtime_mib


def usable_mib(card: Card) -> float:
    return card.vram_gib * 1024 * VRAM_USABLE


def _fewest(size: Size, card: Card, counts: Sequence[int]) -> Fit | None:
    for count in counts:
        share = fullest_mib(size, count) / usable_mib(card)
        if share <= 1:
            user, everybody = tokens_s(size, card)
            return Fit(card.name, count, usable_mib(card) * count, share, user, everybody)
    return None


def tokens_s(size: Size, card: Card) -> tuple[float, float]:
    """For one user alone, and for all slots together. Cards that share by layers work one after another."""
    mib_s = card.bandwidth_gbs * GIGA / MIB * REACHED
    together = min(size.slots, size.users)
    return mib_s / (size.active_mib + size.kv_read_mib), mib_s * together / (
        _read_together(size, together) + size.kv_read_mib * together
    )


def _read_together(size: Size, requests: int) -> float:
    """Weights read for one step of several requests: of the experts, those that at least one of them uses."""
    used = 1 - (1 - size.experts_share) ** requests
    return size.active_mib + size.experts_mib * (used - size.experts_share)
