"""Can the card compute, or be made to?"""

from plan.driver import select
from plan.errors import PlanError
from verify.check import Finding, check, failed, passed
from verify.host_driver import HostDriver, host_driver
from verify.planned_driver import least_branch
from verify.target import Target

REMOVE = "remove its packages, reboot, and run this again"


@check(
    stage="preflight",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("root_rights", "os_known", "packages_whole"),
    source="the driver plan; CUDA compatibility: 13.x needs driver 580 or newer",
)
def driver_ready(target: Target) -> Finding:
    """An NVIDIA driver that suffices is loaded, or the planned one can be installed on this system."""
    found, least = host_driver(target.host), least_branch(target)
    if found.any and not found.ours:
        return adopted(found, least)
    wanted = f"a driver for {found.system}"
    try:
        driver = select(target.planned.drivers, found.system, found.secure_boot)
    except PlanError as refusal:
        return failed(refusal.wanted, refusal.found, refusal.todo)
    images = [kernel.image for kernel in driver.kernels]
    if not found.kernels.intersection(images):
        others = ", ".join(sorted(found.kernels)) or "no package of a kernel"
        todo = f"apt-get install {images[0]}, reboot, and run this again"
        return failed(f"the distribution's own kernel, by {' or '.join(images)}", others, todo)
    state = f"now {found.any}, ours; " if found.any else ""
    return passed(f"{state}planned: {driver.branch} with {driver.modules} modules", wanted)


def adopted(found: HostDriver, least: int) -> Finding:
    """Somebody else's driver is used as it is, or not at all: two would be in each other's way."""
    wanted = f"driver {least} or newer, loaded, or none at all"
    if found.branch is None:
        return failed(wanted, f"{found.named}, whose version is not told", f"reboot; if it stays so, {REMOVE}")
    if found.branch < least:
        return failed(wanted, found.named, f"bring it to branch {least}, or {REMOVE}")
    if not found.loaded or not found.smi:
        lacks = "not loaded" if not found.loaded else "without nvidia-smi"
        return failed(wanted, f"{found.named}, {lacks}", f"reboot; if it stays so, {REMOVE}")
    return passed(f"{found.named} is there and stays", wanted)
