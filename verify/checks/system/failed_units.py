"""Anything else on the machine that gave up."""

from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(stage="watch", part="system", severity="warning", source="systemd: units in state failed")
def failed_units(target: Target) -> Finding:
    """No systemd unit is in the state failed."""
    output = target.host.run("systemctl list-units --state=failed --plain --no-legend --no-pager")
    units = [line.split()[0] for line in output.stdout.splitlines() if line.strip()]
    if units:
        return failed("no failed unit", ", ".join(units), f"systemctl status {units[0]}")
    return passed("none", "none")
