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
    """Write all forms; with `latest`, `report` then points at them. The folder to look into."""
    reports, link = folder / "reports", folder / "report"
    reports.mkdir(mode=0o700, exist_ok=True)
    previous = read(link) if latest else None
    report = report.after(previous) if previous else report
    stamp = datetime.fromisoformat(report.started).strftime("%Y%m%dT%H%M%SZ")
    place = reports / f"{stamp}-{report.stage}"
    place.mkdir(exist_ok=True)
    facts = report.model_dump(mode="json") | {"verdict": report.verdict, "sentence": report.sentence}
    (place / "report.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (place / "junit.xml").write_text(junit(report), encoding="utf-8")
    (place / "report.html").write_text(html(report), encoding="utf-8")
    if latest:
        point(link, place)
    prune(reports, link)
    return link if latest else place


def read(place: Path) -> Report | None:
    """A report that was written there; None if there is none of today's shape."""
    try:
        facts = json.loads((place / "report.json").read_text(encoding="utf-8"))
        return Report.model_validate({key: value for key, value in facts.items() if key in Report.model_fields})
    except (OSError, ValueError):
        return None


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
