"""The report's figures as inline SVG, drawn from what was measured."""

import math
import statistics
from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup, escape

from verify.gateway import Sample

WIDTH = 860
LABEL = 190
RIGHT = 70
ROW = 44
AXIS = 34
FIRST, TOTAL, INK, GRID = "#b45309", "#1d4ed8", "#1f2933", "#d9dee4"


def latencies(samples: Sequence[Sample]) -> Markup:
    """A row for each number of users: a dot for every answer's first piece and one for its end."""
    if not samples:
        return Markup("")
    rows = [
        (key, list(group))
        for key, group in groupby(sorted(samples, key=lambda s: (s.model, s.users)), key=lambda s: (s.model, s.users))
    ]
    several = len({sample.model for sample in samples}) > 1
    step, most = scale(max(sample.total_s for sample in samples))
    height = len(rows) * ROW + AXIS
    parts = [axis(step, most, height)]
    for number, ((model, users), group) in enumerate(rows):
        middle = number * ROW + ROW // 2
        name = f"{users} user{'s' * (users > 1)} at once" + (f", {model}" if several else "")
        parts.append(label(name, f"{len(group)} answers", middle))
        for values, colour, offset in (
            ([s.first_s for s in group], FIRST, -8),
            ([s.total_s for s in group], TOTAL, 8),
        ):
            parts += [dot(place(value, most), middle + offset, colour) for value in values]
            median = statistics.median(values)
            parts.append(tick(place(median, most), middle + offset, colour, f"median {median:.2f} s"))
    return svg(parts, height, "Latencies of streamed answers")


def bars(values: Sequence[tuple[str, float]]) -> Markup:
    """A horizontal bar for each named number of seconds."""
    if not values:
        return Markup("")
    row = 24
    most = max(seconds for _, seconds in values) or 1.0
    parts = []
    for number, (name, seconds) in enumerate(values):
        top = number * row
        length = max(1.0, (WIDTH - LABEL - RIGHT) * seconds / most)
        parts.append(text(LABEL - 10, top + 16, name, anchor="end"))
        parts.append(f'<rect x="{LABEL}" y="{top + 4}" width="{length:.1f}" height="15" rx="2" fill="#7b8fa6"/>')
        parts.append(text(LABEL + length + 6, top + 16, duration(seconds)))
    return svg(parts, len(values) * row + 4, "Durations")


def duration(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 120 else f"{seconds:.1f} s"


def scale(most: float) -> tuple[float, float]:
    """A round step, and the end of an axis with four to ten of them."""
    magnitude = 10 ** math.floor(math.log10(most / 4))
    step = next(s * magnitude for s in (1, 2, 5, 10) if most / (s * magnitude) <= 10)
    return step, math.ceil(most / step) * step


def place(seconds: float, most: float) -> float:
    return LABEL + (WIDTH - LABEL - RIGHT) * seconds / most


def axis(step: float, most: float, height: int) -> str:
    lines = []
    decimals = max(0, -math.floor(math.log10(step)))
    for number in range(round(most / step) + 1):
        x = place(number * step, most)
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - AXIS + 4}" stroke="{GRID}"/>')
        lines.append(text(x, height - AXIS + 20, f"{number * step:.{decimals}f} s", anchor="middle"))
    return "".join(lines)


def label(name: str, detail: str, middle: float) -> str:
    return text(LABEL - 14, middle - 2, name, anchor="end") + text(
        LABEL - 14, middle + 13, detail, anchor="end", colour="#6b7785", size=11
    )


def dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y}" r="3.5" fill="{colour}" fill-opacity="0.45"/>'


def tick(x: float, y: float, colour: str, title: str) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 8}" y2="{y + 8}" stroke="{colour}" stroke-width="2.5">'
        f"<title>{escape(title)}</title></line>"
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def svg(parts: Sequence[str], height: int, title: str) -> Markup:
    return Markup(  # noqa: S704 (every text in it went through escape())
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
