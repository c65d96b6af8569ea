"""What a machine has written down about its own kernel and driver."""

import json
from datetime import UTC, datetime
from typing import Any

from verify.check import CouldNotTell
from verify.target import Target

STATE = "/var/lib/eigenherd/upkeep"


def ours(target: Target) -> bool:
    """Whether the driver is ours to keep current; without a word from the machine nobody knows."""
    said = target.host.run("[ -e /etc/eigenherd/upkeep.json ] && echo ours || echo theirs").stdout.strip()
    if said not in ("ours", "theirs"):
        raise CouldNotTell("whose the driver is", said[:100] or "nothing", "ls /etc/eigenherd/upkeep.json")
    return said == "ours"


def written(target: Target, name: str) -> dict[str, Any]:
    """Empty where nothing was written yet."""
    text = target.host.run(f"cat {STATE}/{name}.json 2>/dev/null || echo '{{}}'", root=True).stdout
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CouldNotTell(f"{STATE}/{name}.json", text[:100] or "nothing", f"cat {STATE}/{name}.json")
    return found


def age_days(at: object) -> float:
    """Since a moment as the machine wrote it down."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(str(at))).total_seconds() / 86400
    except (ValueError, TypeError):
        raise CouldNotTell("a moment", str(at)[:40], f"see {STATE}") from None
