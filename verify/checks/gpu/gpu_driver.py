"""The driver, as loaded."""

import re

from verify.check import Finding, check, failed, passed
from verify.nvidia import LEAST_BRANCH, RELOAD, cards
from verify.target import Target


@check(
    stage="watch",
    part=("system", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="CUDA compatibility: 13.x needs driver 580 or newer; NVIDIA R580 is the oldest supported branch",
)
def gpu_driver(target: Target) -> Finding:
    """The driver's branch is new enough for CUDA 13, and the loaded kernel module is the installed one."""
    version = cards(target.host, "driver_version")[0]["driver_version"]
    loaded = loaded_version(target.host.run("cat /proc/driver/nvidia/version").stdout)
    if int(version.split(".")[0]) < LEAST_BRANCH:
        return failed(f"{LEAST_BRANCH} or newer", version, f"install driver branch {LEAST_BRANCH}, then reboot")
    if loaded != version:
        return failed(f"kernel module {version}", loaded or "none loaded", RELOAD)
    return passed(version, f"{LEAST_BRANCH}, module loaded")


def loaded_version(text: str) -> str:
    """From /proc/driver/nvidia/version: `NVRM version: NVIDIA UNIX ... 580.95.05  Release Build ...`."""
    found = re.search(r"NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s", text)
    return found.group(1) if found else ""
