"""Every check of a card against injected faults: made of docs/gpu-checks.json, which the test that runs them writes."""

import json

from tools.checkout import ROOT
from tools.docs.markdown import document, table

FILE = ROOT / "docs" / "gpu-checks.json"
KINDS = {
    "healthy": "healthy",
    "lacking": "the board has no such thing",
    "fault": "a fault",
    "missing": "no answer, or not a whole one",
}
Row = dict[str, str]


def page() -> str:
    checks: dict[str, dict[str, Row]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    rows = [row for found in checks.values() for row in found.values()]
    recorded = sum(row["origin"].startswith("public recording") for row in rows)
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
    branches = sorted({row["driver"].split(".")[0] for row in rows})
    intro = (
        f"{len(checks)} checks, {len(rows)} cases: {counts['fault']} faults, each of which turned its check; "
        f"{counts['missing']} answers that were missing, in another language or not whole, none of which passed; "
        f"{counts['healthy']} healthy cards; {counts['lacking']} boards that have no such thing, where the check is "
        "skipped. The unit test tests/unit/verify/test_gpu_table.py runs them and writes the rows. **None of this "
        f"was run on hardware.** The answers are those of {len({row['board'] for row in rows})} boards and of the "
        f"driver branches {', '.join(branches)}: {recorded} come from public recordings (marked *recorded*), "
        "the others were made to the documented format."
    )
    sections = [block for name, found in checks.items() for block in section(name, found)]
    return document("The checks of cards, and what turns them", intro, *sections)


def section(name: str, rows: dict[str, Row]) -> list[str]:
    ordered = sorted(rows.values(), key=lambda row: list(KINDS).index(row["kind"]))
    lines = (
        (row["fault"] or KINDS[row["kind"]], f"{row['board']}, {origin(row)}", row["outcome"], row["said"])
        for row in ordered
    )
    return [f"## {name}", table(("what was the case", "board and driver", "outcome", "the check said"), lines)]


def origin(row: Row) -> str:
    return row["driver"] + (" *(recorded)*" if row["origin"].startswith("public recording") else "")
