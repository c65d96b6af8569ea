"""What the last window ended with."""

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target
from verify.upkeep import age_days, ours, written

TIMER = "eigenherd-kernel-move.timer"
LONGEST_DAYS = 15  # a weekly window may be missed once
GOOD = ("moved", "up to date")


@check(
    stage="watch",
    part="driver",
    severity="warning",
    subject="engine",
    gpu=True,
    source="the plan: `maintenance`",
)
def kernel_moved(target: Target) -> Finding:
    """The window for kernel and driver is awaited, and its last run moved them, or found nothing newer."""
    if not target.plan.maintenance:
        return skipped("no window in the plan")
    if not ours(target):
        return skipped("the driver is its owner's, and so are its updates")
    state = target.host.run(f"systemctl show -p ActiveState --value {TIMER}").stdout.strip()
    if state != "active":
        if not state:
            raise CouldNotTell(f"the state of {TIMER}", "nothing", f"systemctl status {TIMER}")
        return failed(f"{TIMER} active", state, f"systemctl status {TIMER}; run `eigenherd up` again")
    last = written(target, "last")
    if not last:
        return passed("no window has come yet", target.plan.maintenance.window)
    outcome, words = str(last.get("outcome")), str(last.get("words"))[:400]
    if outcome not in GOOD:
        return failed(
            "moved, or up to date", f"{outcome}: {words}", "journalctl -u 'eigenherd-kernel-*', on the machine"
        )
    if age_days(last.get("ended")) > LONGEST_DAYS:
        return failed("a window that is used", f"the last one {last['ended']}", "journalctl -u eigenherd-kernel-move")
    judged = last.get("judgement") or {}
    down = f", {judged['downtime_s']} s without answers" if judged.get("downtime_s") is not None else ""
    return passed(f"{outcome} {last['ended']}: {words}{down}", target.plan.maintenance.window, report=last)
