"""Every fault that was injected, with what named it and how it ended: made of docs/faults.json."""

import json
from typing import Any

from tools.checkout import ROOT
from tools.docs.markdown import document, table

FILE = ROOT / "docs" / "faults.json"


def page() -> str:
    kinds: dict[str, dict[str, dict[str, Any]]] = json.loads(FILE.read_text()) if FILE.exists() else {}
    blocks = [block for kind, rows in kinds.items() for block in section(kind, rows)]
    rows = [row for found in kinds.values() for row in found.values()]
    intro = (
        f"Made by `make faults` on sandbox machines: {sum(row['passed'] for row in rows)} of {len(rows)} passed. "
        "Each fault was injected on a real machine (or fed to the check as a measurement, where it says so); "
        "the second column is what named it, the third how it ended."
    )
    return document("Faults", intro, *blocks)


def section(kind: str, rows: dict[str, dict[str, Any]]) -> list[str]:
    passed = sum(row["passed"] for row in rows.values())
    origins = sorted({f"`{row['commit']}` (code {row['digest']})" for row in rows.values()})
    lines = (
        (name, row["seen"], row["after"] if row["passed"] else f"**FAILED** {row['after']}", f"{row['seconds']:.0f} s")
        for name, row in rows.items()
    )
    return [
        f"## {kind.replace('_', ' ')}: {passed} of {len(rows)}",
        f"From commit {', '.join(origins)}.",
        table(("fault", "named by", "in the end", "time"), lines),
    ]
