"""Geometry of the plot of memory: what a model takes, as a stacked bar in each size of card.

Pixels, from the left top.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plan import catalog
from plan.sizing import Fit, Size
from plan.sizing.cards import usable_mib
from plan.worth.words import Language, number, word

WIDTH, LEFT, RIGHT, ROW, BAR, TOP, FOOT = 880, 260, 70, 46, 26, 14, 26
SIZES = 5
PARTS = ("weights", "kv_cache", "compute", "runtime")


@dataclass(frozen=True)
class Segment:
    part: str
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """One size of card. carries: whether the model fits in it; share: how full it gets, in words."""

    name: str
    y: float
    card_width: float
    segments: tuple[Segment, ...]
    carries: bool
    share: str
    needed: str
    usable: str
    speed: str


@dataclass(frozen=True)
class Bars:
    width: float
    height: float
    left: float
    bar: float
    axis_y: float
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]


def bars(size: Size, cards: Sequence[Fit], taken: str, language: Language) -> Bars:
    """The largest card that does not carry it, then the smallest that do, one of each size; of equals the one taken."""
    chosen = _chosen(size, cards, taken)
    room = WIDTH - LEFT - RIGHT
    most = max(max(usable, sum(parts)) for _, usable, parts, _ in chosen)
    rows = []
    for index, (name, usable, parts, fit) in enumerate(chosen):
        x, segments = float(LEFT), []
        for part, mib in zip(PARTS, parts, strict=True):
            segments.append(Segment(part, x, mib / most * room))
            x += mib / most * room
        rows.append(
            Row(
                name=name,
                y=TOP + index * ROW,
                card_width=usable / most * room,
                segments=tuple(segments),
                carries=fit is not None,
                share=f"{number((fit.share if fit else sum(parts) / usable) * 100, language)} %",
                needed=number(sum(parts), language),
                usable=number(usable, language),
                speed=f"{number(fit.tokens_s_user, language)} / {number(fit.tokens_s_all, language)}" if fit else "",
            )
        )
    axis_y = TOP + len(rows) * ROW
    return Bars(WIDTH, axis_y + FOOT, LEFT, BAR, axis_y, tuple(rows), _ticks(most, room, language))


def _parts(size: Size, count: int) -> tuple[float, ...]:
    return (size.weights_mib, size.kv_cache_mib, size.compute_mib * count, size.runtime_mib * count)


def _chosen(size: Size, cards: Sequence[Fit], taken: str) -> list[tuple[str, float, tuple[float, ...], Fit | None]]:
    by_size: dict[tuple[float, int], list[Fit]] = {}
    for fit in sorted(cards, key=lambda fit: (fit.count, fit.vram_mib)):
        by_size.setdefault((fit.vram_mib, fit.count), []).append(fit)
    found: list[tuple[str, float, tuple[float, ...], Fit | None]] = []
    small = [card for card in catalog.gpus() if usable_mib(card) < size.total_mib]
    if small:
        card = max(small, key=usable_mib)
        found.append((card.name, usable_mib(card), _parts(size, 1), None))
    for (usable, count), same in list(by_size.items())[:SIZES]:
        fastest = max(same, key=lambda fit: (fit.gpu == taken, fit.tokens_s_all))
        name = fastest.gpu if count == 1 else f"{count} x {fastest.gpu}"
        found.append((name, usable, _parts(size, count), fastest))
    return found


def _ticks(most_mib: float, room: float, language: Language) -> tuple[tuple[float, str], ...]:
    step = next(step for step in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if most_mib / 1024 / step <= 7)
    marks = [gib for gib in range(0, int(most_mib / 1024) + 1, step)]
    return tuple((LEFT + gib * 1024 / most_mib * room, f"{number(gib, language)} GiB") for gib in marks)


def legend(language: Language) -> list[tuple[str, str]]:
    return [(part, word(part, language)) for part in PARTS]
