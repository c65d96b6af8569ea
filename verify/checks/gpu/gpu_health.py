"""Errors that the card itself has counted."""

from verify.check import Finding, check, failed, passed
from verify.nvidia import cards, number
from verify.target import Target

COUNTED = ("ecc.errors.uncorrected.volatile.total", "remapped_rows.pending", "remapped_rows.failure")


@check(
    stage="watch",
    part=("system", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="Azure HPC health checks and gpud: 0 uncorrected errors, no row remapping pending or failed",
)
def gpu_health(target: Target) -> Finding:
    """No uncorrected memory error since the driver was loaded, no row remapping pending or failed."""
    rows = cards(target.host, "index", *COUNTED)
    wrong = [
        f"card {row['index']}: {field} {row[field]}"
        for row in rows
        for field in COUNTED
        if row[field].lower() == "yes" or (number(row[field]) or 0) > 0
    ]
    if wrong:
        todo = "pending: reset the card or reboot; failure: have the card replaced"
        return failed("0 uncorrected errors, no remapping", "; ".join(wrong), todo)
    counted = [field for field in COUNTED if any(has_value(row[field]) for row in rows)]
    return passed(f"none counted ({len(counted)} of {len(COUNTED)} counters supported by the card)", "0")


def has_value(value: str) -> bool:
    return number(value) is not None or value.lower() in {"yes", "no"}
