"""What a measurement found: values of ours, those it is held against, and the goal."""

import statistics
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Series:
    """Values of one thing, in the order in which they were measured."""

    what: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def shown(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "n": len(self.values),
            "median": round(self.median, 3),
            "least": round(min(self.values), 3),
            "most": round(max(self.values), 3),
            "values": [round(value, 3) for value in self.values],
        }


@dataclass(frozen=True)
class Figure:
    """ours and beside in `unit`; value: what the goal speaks of, in value_unit.

    better: which way from the goal is good. goal None: shown, without one.
    """

    name: str
    what: str
    ours: Series
    beside: Series | None
    unit: str
    value: float
    value_unit: str
    goal: float | None = None
    better: Literal["less", "more"] = "less"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Judged as it is shown: with two decimals."""
        if self.goal is None:
            return None
        value = round(self.value, 2)
        return value <= self.goal if self.better == "less" else value >= self.goal

    def shown(self) -> dict[str, Any]:
        plain = {
            key: value
            for key, value in asdict(self).items()
            if key in ("name", "what", "unit", "value_unit", "goal", "better", "note")
        }
        return {
            **plain,
            "value": round(self.value, 2),
            "met": self.met,
            "ours": self.ours.shown(),
            "beside": self.beside.shown() if self.beside else None,
        }


def ratio(name: str, what: str, ours: Series, beside: Series, goal: float, note: str = "") -> Figure:
    """Ours over the other, which is to be small."""
    value = ours.median / beside.median
    return Figure(name, what, ours, beside, "s", value, "times as long", goal, note=note)


def speed(name: str, what: str, ours: Series, beside: Series, goal: float, note: str = "") -> Figure:
    """How many times faster ours is."""
    return Figure(
        name, what, ours, beside, "s", beside.median / ours.median, "times faster", goal, better="more", note=note
    )


def seconds(name: str, what: str, ours: Series, note: str = "", goal: float | None = None) -> Figure:
    """A duration; most have no goal."""
    return Figure(name, what, ours, None, "s", ours.median, "s", goal, note=note)
