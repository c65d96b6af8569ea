"""Certificates and logs are only as good as the clock."""

from verify.check import Finding, check, failed, passed
from verify.clocks import offset
from verify.target import Target

LARGEST_OFFSET_S = 2.0


@check(stage="watch", part="system", severity="warning", source="ours: TLS and log times; NTP keeps milliseconds")
def clock(target: Target) -> Finding:
    """The machine's clock agrees with this computer's, and is kept synchronised."""
    seen = offset(target.host)
    container = target.host.run("systemd-detect-virt --container").code == 0
    kept = container or "yes" in target.host.run("timedatectl show -p NTPSynchronized --value").stdout
    how = "the clock is the host's" if container else "synchronised" if kept else "not synchronised"
    measured = f"offset at most {seen.possible_s:.1f} s, {how}"
    if seen.certain_s > LARGEST_OFFSET_S or not kept:
        todo = "look at both clocks: timedatectl; journalctl -u systemd-timesyncd"
        return failed(f"at most {LARGEST_OFFSET_S:g} s, synchronised", measured, todo, measured=measured)
    return passed(measured, f"{LARGEST_OFFSET_S:g} s")
