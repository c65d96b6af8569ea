"""Where would uploads wait?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

NEEDED_MIB = 64
PLACE = "/tmp"  # noqa: S108 (asked about, not used)
ASK = "[ -w /tmp ] && echo writable; df -P -m /tmp | tail -n 1"


@check(stage="preflight", part="system", severity="critical", needs=("plain_shell",), source="uploads wait in /tmp")
def temporary_room(target: Target) -> Finding:
    """The SSH user may write to /tmp, and there is room for uploads."""
    lines = target.host.run(ASK).stdout.splitlines()
    row = lines[-1].split() if lines else []
    if len(row) != 6 or not row[3].isdecimal():
        raise CouldNotTell("df's row of /tmp", " ".join(lines)[:200] or "nothing", "run: df -m /tmp")
    if "writable" not in lines:
        user = target.machine.user
        return failed(f"{PLACE} that {user} may write to", f"{user} may not", "as root: chmod 1777 /tmp")
    measured, bound = f"{row[3]} MiB free", f"{NEEDED_MIB} MiB"
    if int(row[3]) < NEEDED_MIB:
        return failed(f"{bound} free in /tmp", measured, "make room in /tmp")
    return passed(measured, bound)
