"""Could the verification knock at the door?"""

from verify.check import Finding, check, failed, passed, skipped
from verify.sources import admitted, seen_from
from verify.target import Target


@check(
    stage="preflight",
    part="gateway",
    severity="warning",
    needs=("plain_shell",),
    subject="gateway",
    source="the plan's gateway.allow",
)
def gateway_access(target: Target) -> Finding:
    """The address this computer comes from may use the gateway, so that it can be verified from here."""
    allowed = target.plan.gateway.allow
    if not allowed:
        return skipped("the gateway is open to everybody")
    source = seen_from(target.host)
    bound = ", ".join(allowed)
    if not admitted(source, allowed):
        return failed(
            bound, source, f"add {source} to `gateway.allow`, or verify from an allowed computer", bound=bound
        )
    return passed(source, bound)
