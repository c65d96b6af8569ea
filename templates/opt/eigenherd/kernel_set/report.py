"""What the last run of the window ended with: last.json, and a line in the journal."""

import sys
from typing import Any

import files
from settings import Settings

# The numbers are the journal's priorities: information, warning, error.
LOUD = {"up to date": 6, "moved": 5, "refused": 4, "failed": 3, "returned": 3}


def write(settings: Settings, outcome: str, words: str, begun: str, more: dict[str, Any] | None = None) -> int:
    """Exit code 1 unless all is well."""
    value = {"outcome": outcome, "words": words, "begun": begun, "ended": files.now(), "window": settings.window}
    files.write(settings, files.LAST, value | (more or {}))
    say(f"{outcome}: {words}", LOUD[outcome])
    return 0 if LOUD[outcome] > 4 else 1


def end(settings: Settings, state: dict[str, Any], outcome: str, words: str) -> int:
    """The state goes after the report: cut off in between, the end is only told again."""
    shown: dict[str, Any] = {
        key: state[key] for key in ("good", "target", "served", "served_until_reboot", "judgement") if key in state
    }
    code = write(settings, outcome, words, state["begun"], shown)
    files.write(settings, files.GOOD, state["good"])
    files.remove(settings, files.STATE)
    return code


def say(words: str, priority: int = 5) -> None:
    print(f"<{priority}>kernel and driver: {words}", file=sys.stderr, flush=True)
