"""A driver that was updated and not rebooted."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import RELOAD, cards
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue cluster-health, driver consistency; an upgrade without a reboot leaves two versions",
)
def gpu_module(target: Target) -> Finding:
    """The loaded kernel module is of the version that nvidia-smi and its library have."""
    version = cards(target.host, "driver_version")[0]["driver_version"]
    output = target.host.run("cat /proc/driver/nvidia/version")
    loaded = loaded_version(output.stdout)
    if not loaded:
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell("the loaded module's version", said or "nothing", "cat /proc/driver/nvidia/version")
    if loaded != version:
        return failed(f"kernel module {version}", loaded, RELOAD)
    return passed(f"{loaded} loaded", version)


def loaded_version(text: str) -> str:
    """From /proc/driver/nvidia/version: `NVRM version: NVIDIA UNIX ... 580.95.05  Release Build ...`."""
    found = re.search(r"NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s", text)
    return found.group(1) if found else ""
