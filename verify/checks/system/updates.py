"""Security updates without a hand."""

import re

from verify.check import Finding, check, failed, passed, skipped
from verify.target import Target

ASK = (
    "apt-config dump APT::Periodic::Unattended-Upgrade; apt-config dump APT::Periodic::Update-Package-Lists; "
    "dpkg-query -W -f '${db:Status-Status}\\n' unattended-upgrades; "
    "systemctl is-enabled apt-daily.timer apt-daily-upgrade.timer"
)


@check(stage="watch", part="system", severity="warning", source="BSI OPS.1.1.3 (patch management)")
def updates(target: Target) -> Finding:
    """Security updates are installed on their own: package, settings and timers."""
    if not target.planned.harden:
        return skipped("updates are not ours here: harden is false")
    text = target.host.run(ASK).stdout
    periodic = dict(re.findall(r'APT::Periodic::([\w-]+) "(\w+)"', text))
    missing = [
        *(name for name in ("Unattended-Upgrade", "Update-Package-Lists") if periodic.get(name, "0") == "0"),
        *([] if re.search(r"^installed$", text, re.MULTILINE) else ["package unattended-upgrades"]),
        *([] if len(re.findall(r"^enabled$", text, re.MULTILINE)) == 2 else ["timers apt-daily, apt-daily-upgrade"]),
    ]
    if missing:
        return failed("daily security updates", f"not set: {', '.join(missing)}", "run `eigenherd up` again")
    return passed("daily, unattended", "package, settings and timers")
