"""What is on hold is not forgotten."""

from verify.check import Finding, check, failed, passed, skipped
from verify.target import Target
from verify.upkeep import age_days, ours, written

LOOKS_DAYS = 3
TODO = "write `maintenance: {window: Sun 03:00}` into the environment, and the machine moves kernel and driver together"


@check(
    stage="watch",
    part="driver",
    severity="warning",
    subject="engine",
    gpu=True,
    source="ours: 14 days, what a hold may cost in security updates; the machine looks once a day",
)
def kernel_current(target: Target) -> Finding:
    """Kernel and driver, which are on hold, are at most 14 days behind the archive; the machine looks once a day."""
    if not ours(target):
        return skipped("the driver is its owner's, and so are its updates")
    look = written(target, "look")
    if not look or age_days(look.get("at")) > LOOKS_DAYS:
        found = f"the last one {look['at']}" if look else "none yet"
        return failed("a look every day", found, "journalctl -u eigenherd-kernel-look; systemctl list-timers")
    behind = look.get("behind") or {}
    told = ", ".join(f"{name} {row['held']} (there is {row['newer']})" for name, row in sorted(behind.items())[:3])
    if look.get("overdue") is not False:
        todo = "see kernel_moved, and journalctl -u eigenherd-kernel-move" if target.plan.maintenance else TODO
        return failed("at most 14 days behind", f"{look.get('days')} days: {told}", todo, bound="14 days")
    if lists := str(look.get("lists") or ""):
        return failed("lists of packages that are renewed", lists, "apt-get update, on the machine")
    return passed(f"{look['days']} days behind: {told}" if behind else "nothing newer in the archive", "14 days")
