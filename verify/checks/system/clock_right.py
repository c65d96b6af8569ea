"""Is it today there?"""

from verify.check import Finding, check, failed, passed
from verify.clocks import offset
from verify.target import Target

LARGEST_OFFSET_S = 60.0


@check(
    stage="watch", part="system", severity="critical", source="ours: certificates are checked and made by the minute"
)
def clock_right(target: Target) -> Finding:
    """The machine's clock shows the same minute as this computer's."""
    seen = offset(target.host)
    bound = f"at most {LARGEST_OFFSET_S:g} s apart"
    if seen.certain_s > LARGEST_OFFSET_S:
        found = f"{seen.certain_s:,.0f} s apart"
        return failed(bound, found, "set the clock that is wrong: timedatectl set-ntp true")
    return passed(f"at most {seen.possible_s:.1f} s apart", bound)
