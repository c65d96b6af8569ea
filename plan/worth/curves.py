"""Geometry of the plot of cost: what has been paid by each month, each way. Pixels, from the left top."""

from dataclasses import dataclass
from math import floor, log10

from plan.worth import Worth
from plan.worth.words import Language, number, word

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 880, 380, 76, 275, 18, 44
APART = 34  # of two labels, so that they can be read


@dataclass(frozen=True)
class Curve:
    """A straight line from month 0 to the last. label_y: where its name stands, beside its end."""

    key: str
    name: str
    detail: str
    y0: float
    y1: float
    label_y: float


@dataclass(frozen=True)
class Mark:
    """Where the machine has paid for itself. above: whether its words stand above the point."""

    key: str
    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True)
class Curves:
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    months: tuple[tuple[float, str], ...]
    euro: tuple[tuple[float, str], ...]


def curves(worth: Worth, language: Language) -> Curves:
    months, cost = worth.assumptions.months, worth.cost
    paid = {"own": (cost.once_eur, cost.total_eur)} | {one.against: (0.0, one.total_eur) for one in worth.comparisons}
    most, step = _rounded(max(end for _, end in paid.values()))
    right, bottom = WIDTH - RIGHT, HEIGHT - FOOT

    def y(euro: float) -> float:
        return bottom - euro / most * (bottom - TOP)

    def x(month: float) -> float:
        return LEFT + month / months * (right - LEFT)

    names = {one.against: one.name for one in worth.comparisons} | {"own": worth.means.name}
    label_y = _apart({key: y(end) for key, (_, end) in paid.items()})
    drawn = tuple(
        Curve(key, word(key, language), names[key], y(start), y(end), label_y[key])
        for key, (start, end) in paid.items()
    )
    marks = []
    for one in worth.comparisons:
        if one.even_month is not None and one.even_month > 0:
            at = x(one.even_month)
            words = word(
                "crosses", language, name=word(one.against, language), month=number(one.even_month, language, 1)
            )
            anchor = "end" if at > (LEFT + right) / 2 else "start"
            marks.append(Mark(one.against, at, y(one.total_eur / months * one.even_month), words, anchor))
    ticks = range(0, months + 1, max(1, round(months / 6)))
    return Curves(
        WIDTH, HEIGHT, LEFT, right, TOP, bottom, drawn, tuple(marks),
        tuple((x(month), str(month)) for month in ticks),
        tuple((y(euro), number(euro, language)) for euro in _steps(most, step)),
    )  # fmt: skip


def by_year(worth: Worth) -> list[tuple[int, list[float]]]:
    """Month, and what has been paid by then: the machine first, then each comparison."""
    months, cost = worth.assumptions.months, worth.cost
    own = (cost.total_eur - cost.once_eur) / months
    wanted = sorted({*range(0, months, 12), months})
    return [
        (month, [cost.once_eur + own * month, *(one.total_eur / months * month for one in worth.comparisons)])
        for month in wanted
    ]


def _rounded(most: float) -> tuple[float, float]:
    """The top of the axis and the distance of its lines: 1, 2 or 5 times a power of ten, four to eight of them."""
    most = max(most, 1.0)
    power = 10 ** floor(log10(most))
    step = next(step for step in (power / 5, power / 2, power, power * 2) if most / step <= 6)
    return (floor(most / step) + 1) * step, step


def _steps(most: float, step: float) -> list[float]:
    return [step * index for index in range(round(most / step) + 1)]


def _apart(wanted: dict[str, float]) -> dict[str, float]:
    """Labels at their line's end where there is room, else moved down, and up again from the bottom."""
    order = sorted(wanted, key=lambda key: wanted[key])
    placed: dict[str, float] = {}
    last = -float("inf")
    for key in order:
        placed[key] = last = max(wanted[key], last + APART, TOP + 6)
    lowest = float(HEIGHT - FOOT - 4)
    for key in reversed(order):
        placed[key] = min(placed[key], lowest)
        lowest = placed[key] - APART
    return placed
