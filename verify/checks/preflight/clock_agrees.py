"""What time is it there?"""

from verify.check import Finding, check, failed, passed
from verify.clocks import offset
from verify.target import Target

LARGEST_OFFSET_S = 60.0


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("plain_shell",),
    source="apt and TLS refuse what is not valid yet",
)
def clock_agrees(target: Target) -> Finding:
    """The machine's clock is near this computer's."""
    seen = offset(target.host)
    if seen.certain_s > LARGEST_OFFSET_S:
        todo = "set the clock that is wrong: timedatectl set-ntp true"
        return failed(f"within {LARGEST_OFFSET_S:g} s", f"{seen.certain_s:.0f} s apart", todo)
    return passed(f"within {seen.possible_s:.1f} s", f"{LARGEST_OFFSET_S:g} s")
