"""How little the engine may do."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

LARGEST_EXPOSURE = 3.0


@check(
    stage="watch",
    part="engine",
    severity="warning",
    subject="engine",
    source="systemd-analyze security: 0 is safe, 10 is open; usual services have 9",
)
def engine_hardening(target: Target) -> Finding:
    """systemd counts little exposure for the engine's unit."""
    output = target.host.run("systemd-analyze security --no-pager eigenherd-engine.service", root=True)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", output.stdout)
    if not found:
        raise CouldNotTell("an exposure level", (output.stdout + output.stderr)[-200:], "run systemd-analyze security")
    level = float(found.group(1))
    bound = f"at most {LARGEST_EXPOSURE}"
    if level > LARGEST_EXPOSURE:
        return failed(bound, f"{level}", "systemd-analyze security eigenherd-engine names what is open")
    return passed(f"exposure {level}", bound)
