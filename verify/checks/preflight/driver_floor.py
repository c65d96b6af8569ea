"""Is the card ready to compute?"""

from verify.check import Finding, check, failed, passed
from verify.nvidia import branch, cards
from verify.planned_driver import least_branch
from verify.target import Target


@check(
    stage="preflight",
    part=("system", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="CUDA compatibility: 13.x needs driver 580 or newer",
)
def driver_floor(target: Target) -> Finding:
    """An NVIDIA driver of branch 580 or newer is installed and loaded."""
    card = cards(target.host, "driver_version", "name")[0]
    version, wanted = card["driver_version"], least_branch(target)
    if branch(version) < wanted:
        return failed(f"{wanted} or newer", version, f"install driver branch {wanted}, then reboot")
    return passed(f"{version} for {card['name']}", f"{wanted}")
