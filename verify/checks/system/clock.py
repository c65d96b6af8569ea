"""Certificates and logs are only as good as the clock."""

import time

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

LARGEST_OFFSET_S = 2.0
ASK = "date +%s.%N; systemd-detect-virt --container || true; timedatectl show -p NTPSynchronized --value || true"


@check(stage="watch", part="system", severity="warning", source="ours: TLS and log times; NTP keeps milliseconds")
def clock(target: Target) -> Finding:
    """The machine's clock agrees with this computer's, and is kept synchronised."""
    before = time.time()
    output = target.host.run(ASK)
    after = time.time()
    lines = output.stdout.split()
    try:
        there = float(lines[0])
    except (IndexError, ValueError):
        raise CouldNotTell("the machine's time", output.stderr[-200:] or "nothing", "run: date +%s.%N") from None
    # The command ran at some moment in between: only what lies outside is certainly an offset.
    offset_s = max(0.0, before - there, there - after)
    container = lines[1] if len(lines) > 1 and lines[1] not in {"none", "yes", "no"} else ""
    kept = bool(container) or "yes" in lines[1:]
    measured = f"offset under {max(offset_s, after - before):.1f} s, " + (
        "the clock is the host's" if container else "synchronised" if kept else "not synchronised"
    )
    if offset_s > LARGEST_OFFSET_S or not kept:
        todo = "look at both clocks: timedatectl; journalctl -u systemd-timesyncd"
        return failed(f"at most {LARGEST_OFFSET_S:g} s, synchronised", measured, todo, measured=measured)
    return passed(measured, f"{LARGEST_OFFSET_S:g} s")
