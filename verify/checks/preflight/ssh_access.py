"""Would we lock ourselves out?"""

from verify.check import Finding, check, failed, passed, skipped
from verify.sources import admitted, seen_from
from verify.target import Target


@check(stage="preflight", part="system", severity="critical", needs=("plain_shell",), source="the plan's ssh_allow")
def ssh_access(target: Target) -> Finding:
    """The address this computer comes from is among those that SSH will be open to."""
    allowed = target.planned.ssh_allow
    if not target.planned.harden or not allowed:
        return skipped("SSH stays open to everybody who can reach it now")
    source = seen_from(target.host)
    bound = ", ".join(allowed)
    if not admitted(source, allowed):
        return failed(bound, source, f"add {source} to `ssh_allow`, or nobody could come back from here", bound=bound)
    return passed(source, bound)
