"""Once a day: is kernel or driver behind the archive, and since when?"""

import sys
from datetime import UTC, datetime

import packages
from commands import APT, Broken, patiently
from files import LOOK, now, read, write
from settings import Settings


def look(settings: Settings) -> int:
    """`since` stays until nothing is behind any more: a newer version does not make the wait begin anew."""
    before = read(settings, LOOK)
    renewed = patiently([*APT, "update"])
    found: dict[str, object] = {"at": now(), "lists": "" if renewed.code == 0 else renewed.last}
    try:
        change = packages.foreseen(settings)
        behind = {n: {"held": change.old.get(n, ""), "newer": change.new[n]} for n in change.new if n in settings.names}
        refused = packages.refusal(settings, change)
    except Broken as error:
        behind, refused = before.get("behind", {}), str(error)
    since = (before.get("since") or now()) if behind else None
    days = (datetime.now(UTC) - datetime.fromisoformat(str(since))).days if since else 0
    overdue = days >= settings.overdue_days
    write(
        settings, LOOK, found | {"behind": behind, "since": since, "days": days, "overdue": overdue, "refused": refused}
    )
    if overdue:
        how = f"the window ({settings.window}) did not move them: see last.json" if settings.window else ADVICE
        print(
            f"<4>kernel and driver are {days} days behind the archive: {told(behind)}; {how}",
            file=sys.stderr,
            flush=True,
        )
    else:
        print(f"behind for {days} days: {told(behind)}" if behind else "up to date", flush=True)
    return 0


ADVICE = "write `maintenance: {window: Sun 03:00}` into the environment, and this machine moves them by itself"


def told(behind: dict[str, dict[str, str]]) -> str:
    return ", ".join(f"{name} {row['held']} (there is {row['newer']})" for name, row in sorted(behind.items())[:5])
