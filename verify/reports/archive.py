"""Reports on disk: `reports/<UTC stamp>/`, the latest under `report`, the last twenty kept."""

import json
import shutil
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from verify.report import Report, StageTime
from verify.reports.html import html
from verify.reports.junit import junit

KEPT = 20


def write(report: Report, folder: Path, *, latest: bool = True) -> Path:
    """Write all forms; `report` then points at them, unless it is not to. The folder they are in."""
    reports = folder / "reports"
    reports.mkdir(mode=0o700, exist_ok=True)
    stamp = datetime.fromisoformat(report.started).strftime("%Y%m%dT%H%M%SZ")
    place = reports / f"{stamp}-{report.stage}"
    place.mkdir(exist_ok=True)
    facts = report.model_dump(mode="json") | {"verdict": report.verdict, "sentence": report.sentence}
    (place / "report.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (place / "junit.xml").write_text(junit(report), encoding="utf-8")
    (place / "report.html").write_text(html(report), encoding="utf-8")
    if latest:
        point(folder / "report", place)
    prune(reports, folder / "report")
    return place


def point(link: Path, place: Path) -> None:
    """Replace the link in one step: readers find the old report or the new one."""
    fresh = link.with_name(f".{link.name}-{place.name}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(place.relative_to(link.parent))
    fresh.replace(link)


def prune(reports: Path, link: Path) -> None:
    """The oldest go; what `report` points at stays."""
    places = sorted(place for place in reports.iterdir() if place.is_dir())
    for place in places[:-KEPT]:
        if not (link.is_symlink() and link.resolve() == place.resolve()):
            shutil.rmtree(place)


def stage_times(folder: Path) -> tuple[StageTime, ...]:
    """What the stages before this one took, if they wrote it: [{"name": ..., "seconds": ...}, ...]."""
    try:
        text = (folder / "times.json").read_text(encoding="utf-8")
        return TypeAdapter(tuple[StageTime, ...]).validate_json(text)
    except (FileNotFoundError, ValidationError):
        return ()
