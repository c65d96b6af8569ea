"""Drills on disk: `<folder>/<UTC stamp>.json` and `.html`; they outlive the environment."""

import statistics
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from drill.evidence import Drill
from drill.page import page
from plan.plan import Value


class Span(Value):
    """Median and longest of one thing over the drills that passed, in seconds; or over simulated ones."""

    median: float
    longest: float
    count: int
    of: Literal["passed", "simulated"] = "passed"


def write(drill: Drill, folder: Path) -> Path:
    """Keep the evidence; the page, which shows the earlier ones too. The folder is made 0700."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / datetime.fromisoformat(drill.started).strftime("%Y%m%dT%H%M%SZ")
    place.with_suffix(".json").write_text(drill.model_dump_json(indent=1) + "\n", encoding="utf-8")
    drills = read(folder)
    place.with_suffix(".html").write_text(page(drill, drills, spans(drills)), encoding="utf-8")
    return place.with_suffix(".html")


def read(folder: Path) -> list[Drill]:
    """All of them, oldest first; a file of another version's shape is passed over."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(Drill.model_validate_json(path.read_text(encoding="utf-8")))
        except ValueError:
            continue
    return found


def spans(drills: Sequence[Drill]) -> dict[str, Span]:
    """By stage, then `RTO`.

    A drill with a simulated card is another thing and stays out while there are others; so is one from a kept layer.
    """
    of: Literal["passed", "simulated"] = "passed" if any(it.outcome == "passed" for it in drills) else "simulated"
    passed = [drill for drill in drills if drill.outcome == of]
    passed = [drill for drill in passed if not drill.layer] or passed
    values: dict[str, list[float]] = {}
    for drill in passed:
        for name, seconds in {**drill.seconds, "RTO": drill.rto_s, "whole": drill.whole_s}.items():
            if seconds is not None:
                values.setdefault(name, []).append(seconds)
    return {
        name: Span(median=round(statistics.median(all_), 1), longest=round(max(all_), 1), count=len(all_), of=of)
        for name, all_ in values.items()
    }
