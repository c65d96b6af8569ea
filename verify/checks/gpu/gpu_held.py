"""Kernel and driver move together or not at all."""

import re

from verify.boards import untold
from verify.check import Finding, check, failed, passed
from verify.target import Target

ASK = (
    "dpkg-query -W -f '${db:Status-Status} ${Package}\\n' | grep '^installed ' | cut -d' ' -f2 | "
    "sed 's/^/package /'; apt-mark showhold | sed 's/^/hold /'; apt-config dump Unattended-Upgrade::Package-Blacklist"
)
DRIVER = re.compile(r"(nvidia-(driver|kernel|dkms|open|headless)|cuda-drivers|linux-modules-nvidia)(-[\w.+-]+)?")
KERNEL = re.compile(r"linux-(image|headers|generic|virtual)(-(amd64|cloud-amd64|generic|virtual)(-hwe[\w.-]*)?)?")
PINNING = "nvidia-driver-pinning-"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    source="ours: an unattended upgrade of one of the two is how a card is lost at the next reboot",
)
def gpu_held(target: Target) -> Finding:
    """Driver and kernel packages are held, or on unattended-upgrades' deny-list, so that they move as one set."""
    text = target.host.run(ASK).stdout
    packages = re.findall(r"^package (\S+)$", text, re.MULTILINE)
    held = set(re.findall(r"^hold (\S+)$", text, re.MULTILINE))
    denied = re.findall(r'^Unattended-Upgrade::Package-Blacklist::\S* "([^"]+)"', text, re.MULTILINE)
    driver = [name for name in packages if DRIVER.fullmatch(name) and not name.startswith(PINNING)]
    kernel = [name for name in packages if KERNEL.fullmatch(name)]
    bound = "held, or on the deny-list"
    if not driver or not kernel:
        seen = f"{len(driver)} packages of the driver, {len(kernel)} of the kernel, of {len(packages)}"
        return untold(
            f"driver and kernel {bound}", seen, "a driver that came by a .run file can't be held: use packages"
        )
    free = [name for name in driver + kernel if name not in held and not any(matches(rule, name) for rule in denied)]
    if free:
        return failed(bound, f"free: {', '.join(free)}", f"apt-mark hold {' '.join(free)}")
    return passed(f"{len(driver)} packages of the driver, {len(kernel)} of the kernel", bound)


def matches(rule: str, name: str) -> bool:
    """unattended-upgrades takes a rule as a regular expression, from the name's start."""
    try:
        return re.match(rule, name) is not None
    except re.error:
        return False
