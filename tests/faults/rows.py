"""The rows of docs/faults.md, kept as docs/faults.json: written by the tests that ran, never by hand."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stacks.digest import code_digest
from stacks.sandbox import lock
from tests.faults import cases

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "faults.json"
ROOMS = ("plan", "stacks", "deploy", "templates", "verify", "eigenherd")

# One row: `seen` (what named the fault), `after` (how it ended), `seconds`, `passed`, and what it was made from.
Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]


def read() -> Rows:
    found: Rows = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def merge(fresh: Mapping[str, Mapping[str, Row]]) -> None:
    """Rows that ran replace older ones, and those of cases that are no more go. Two sweeps may end at once."""
    made_from = origin()
    with lock.held("fault-rows"):
        old, merged = read(), {}
        for kind in cases.kinds():
            known = {**old.get(kind, {}), **{name: {**row, **made_from} for name, row in fresh.get(kind, {}).items()}}
            merged[kind] = {name: known[name] for name in cases.of_kind(kind) if name in known}
        FILE.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n")


def origin() -> dict[str, str]:
    """The commit and the digest of the code that these rows are made from."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", *ROOMS], check=False).returncode
    return {"commit": commit.strip() + ("+" if changed else ""), "digest": code_digest(*ROOMS)[:12]}


def missing() -> list[str]:
    """Cases without a row, and rows without a case."""
    rows, wrong = read(), []
    for kind in sorted({*cases.kinds(), *rows}):
        there, wanted = set(rows.get(kind, {})), set(cases.of_kind(kind) if kind in cases.kinds() else ())
        wrong += [f"{kind}: {name}: no row" for name in sorted(wanted - there)]
        wrong += [f"{kind}: {name}: no case" for name in sorted(there - wanted)]
    return wrong
