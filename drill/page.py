"""A drill as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from drill.evidence import Drill
from plan.page import template

if TYPE_CHECKING:
    from drill.history import Span

SHOWN = 30


def page(drill: Drill, drills: Sequence[Drill], spans: Mapping[str, "Span"]) -> str:
    most = max((d.rto_s for d in drills if d.rto_s is not None), default=1.0)
    return template(Path(__file__).parent).render(
        drill=drill,
        drills=list(reversed(drills))[:SHOWN],
        spans=spans,
        names=list(dict.fromkeys(stage.name for d in drills for stage in d.stages)),
        whole_s=max(drill.whole_s, drill.rto_s or 0.0) or 1.0,
        longest_rto_s=most or 1.0,
        duration=duration,
    )


def duration(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 120 else f"{seconds:.1f} s"
