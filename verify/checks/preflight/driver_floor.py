"""Is the card ready to compute?"""

from verify.check import Finding, check, failed, passed
from verify.nvidia import LEAST_BRANCH, cards
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
    version = card["driver_version"]
    if int(version.split(".")[0]) < LEAST_BRANCH:
        return failed(f"{LEAST_BRANCH} or newer", version, f"install driver branch {LEAST_BRANCH}, then reboot")
    return passed(f"{version} for {card['name']}", f"{LEAST_BRANCH}")
