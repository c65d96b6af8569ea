"""Could a driver's modules be compiled for the kernel that the machine starts?"""

from plan.driver import select
from plan.errors import PlanError
from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.host_driver import host_driver
from verify.target import Target

LISTS = "/var/lib/apt/lists/*_Packages*"
# The newest kernel in /boot is the one that is started next.
ASK = (
    "k=$(ls /boot/vmlinuz-* 2>/dev/null | sed s,^/boot/vmlinuz-,, | sort -V | tail -n 1); : ${k:=$(uname -r)}; "
    "echo kernel $k; [ -e /lib/modules/$k/build/Makefile ] && echo there; "
    f"/usr/lib/apt/apt-helper cat-file {LISTS} 2>/dev/null | "
    'grep -m 1 -x "Package: linux-headers-$k" | sed s/.*/offered/; '
    f"ls {LISTS} >/dev/null 2>&1 && echo lists"
)


@check(
    stage="preflight",
    part="driver",
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("driver_ready",),
    source="DKMS compiles against the kernel's headers",
)
def kernel_headers(target: Target) -> Finding:
    """Where the driver's modules are built on the machine, its next kernel's headers are there or to be had."""
    found = host_driver(target.host)
    if found.any and not found.ours:
        return skipped("the driver that is there stays")
    try:
        driver = select(target.planned.drivers, found.system, found.secure_boot)
    except PlanError:
        return skipped("no driver can be installed")
    if driver.built != "dkms":
        return skipped("the driver's modules come compiled and signed")
    lines = target.host.run(ASK).stdout.splitlines()
    kernel = next((line.removeprefix("kernel ") for line in lines if line.startswith("kernel ")), "")
    if not kernel:
        raise CouldNotTell("the kernel that starts next", " ".join(lines)[:200] or "nothing", "run: ls /boot")
    if "there" in lines or "offered" in lines:
        state = "installed" if "there" in lines else "in the archive"
        return passed(f"headers of {kernel} {state}", "installed, or in the archive")
    if "lists" not in lines:
        return skipped("apt has no lists yet: it is asked when the driver is installed")
    todo = "boot one of the archive's kernels, and remove this one: its headers are not to be had"
    return failed(f"linux-headers-{kernel}, installed or in the archive", "neither", todo)
