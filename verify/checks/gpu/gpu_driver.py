"""The driver's branch."""

from verify.check import Finding, check, failed, passed
from verify.nvidia import branch, cards
from verify.planned_driver import least_branch
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="CUDA compatibility: 13.x needs driver 580 or newer; NVIDIA R580 is the oldest supported branch",
)
def gpu_driver(target: Target) -> Finding:
    """The driver's branch is new enough for CUDA 13, the same for every card."""
    versions = sorted({card["driver_version"] for card in cards(target.host, "driver_version")})
    wanted = least_branch(target)
    old = [version for version in versions if branch(version) < wanted]
    if old:
        return failed(f"{wanted} or newer", ", ".join(old), f"install driver branch {wanted}, then reboot")
    return passed(", ".join(versions), f"{wanted} or newer")
