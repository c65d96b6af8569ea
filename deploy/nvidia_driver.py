"""The NVIDIA driver, as the plan has it for the system that is found. One that is there and suffices is left alone.

Nothing is decided here: the host says what it is, and gets what was planned for that, or the plan's refusal.
"""

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploy.driver_sources import add_driver_sources
from deploy.facts.nvidia import Nvidia, NvidiaState
from deploy.facts.packages import Present
from deploy.facts.secure_boot import SecureBootState
from deploy.facts.system import OsRelease
from deploy.operations import files
from deploy.operations.driver import device_files, driver_packages, in_initramfs, module_built, no_failed_build
from deploy.operations.holds import held
from deploy.operations.packages import packages
from deploy.operations.reboots import loaded
from deploy.operations.units import runs
from deploy.record import manifest
from deploy.template import static
from deploy.upkeep import keep_current, leave_alone
from plan.driver import Driver, DriverChoice, Kernel, least_branch, select
from plan.errors import PlanError
from plan.machine import Handover, Machine

# The first file that is placed: where it is ours, so is the driver.
NOUVEAU = "/etc/modprobe.d/eigenherd-nouveau.conf"
MODULES = "/etc/modules-load.d/eigenherd-nvidia.conf"
UPGRADES = "/etc/apt/apt.conf.d/53eigenherd-driver"
NODES = "eigenherd-gpu-nodes.service"
NODES_PROGRAM = "/opt/eigenherd/bin/gpu_nodes.py"

# The checks of cards, and the gate, ask with them; a small server has none.
TOOLS = ["kmod", "mokutil", "pciutils"]

# What is not to be upgraded by itself: the beginnings of the names of kernel and driver in all sources.
KEPT = ("linux-", "nvidia-", "libnvidia-", "libcuda", "xserver-xorg-video-nvidia", "firmware-nvidia-", "cuda-")


@deploy("Driver build")
def clear_failed_build() -> None:
    """Before anything else: while it is there, apt installs nothing at all."""
    no_failed_build(name="No driver module failed to build")


@deploy("NVIDIA driver")
def install_driver(handover: Handover, machine: Machine) -> None:
    planned = handover.planned(machine)
    found = host.get_fact(NvidiaState)
    adopted = is_adopted(planned.drivers, found, ours=NOUVEAU in manifest().paths)
    packages(name="What asks bus, modules and firmware", names=TOOLS)
    if adopted:
        leave_alone()
        return
    system = host.get_fact(OsRelease)
    name = f"{system.get('ID')}-{system.get('VERSION_ID')}"
    driver = select(planned.drivers, name, host.get_fact(SecureBootState))
    kernel = kernel_of(driver, host.get_fact(Present).packages, found.next)
    files.place(name="Nouveau is off", destination=NOUVEAU, values={})
    files.place(name="Modules are loaded at boot", destination=MODULES, values={})
    files.place(name="No upgrade of kernel or driver by itself", destination=UPGRADES, values={"names": KEPT})
    add_driver_sources(driver=driver, system=name, codename=system["VERSION_CODENAME"], sources=handover.plan.sources)
    driver_packages(
        name=f"Driver {driver.branch}, {driver.modules} modules",
        names=driver.installed(kernel),
        pinning=driver.pinning or "",
        branch=driver.branch,
        image=kernel.image,
        builds=driver.built == "dkms",
    )
    held(name="Kernel and driver are one set, and on hold", names=driver.held(kernel))
    if driver.built == "dkms":
        module_built(name="Modules for the kernel that will run", branch=driver.branch)
    in_initramfs(name="Early boot knows that nouveau is off", path=NOUVEAU)
    settings = planned.provider_settings
    there_before = planned.provider == "existing" or "adopt" in settings
    theirs = there_before and settings.get("reboot") != "allowed"
    loaded(name="The driver is loaded", here=settings.get("address") == "this", theirs=theirs)
    files.write(name="Program gpu_nodes.py", text=static(NODES_PROGRAM), destination=NODES_PROGRAM)
    files.place(name="Unit", destination=f"/etc/systemd/system/{NODES}", values={"program": NODES_PROGRAM})
    runs(name="Device files at boot", unit=NODES)
    device_files(name="Device files are there", unit=NODES)
    runs(name="Persistence", unit="nvidia-persistenced.service", ours=False)
    keep_current(handover=handover, machine=machine, driver=driver, kernel=kernel, kept=KEPT)


def is_adopted(choices: tuple[DriverChoice, ...], found: Nvidia, ours: bool) -> bool:
    """A driver that somebody else installed, and that suffices. Raises a PlanError if it does not suffice."""
    if ours or not found.any:
        return False
    least = least_branch(choices)
    if found.usable and found.branch >= least:
        return True
    wanted, todo = f"driver {least} or newer, or none at all", "remove its packages, reboot, and run this again"
    if found.branch < least:
        raise PlanError(wanted, f"{found.any}, which Eigenherd did not install", f"bring it to {least}, or {todo}")
    state = "loaded, but without nvidia-smi" if found.loaded else "not loaded"
    raise PlanError(wanted, f"{found.any}, {state}, which Eigenherd did not install", f"reboot; if it stays so, {todo}")


def kernel_of(driver: Driver, installed: frozenset[str], running: str) -> Kernel:
    """The planned kernel that the machine has; of several the last, which is the newer one."""
    for kernel in reversed(driver.kernels):
        if kernel.image in installed:
            return kernel
    names = " or ".join(kernel.image for kernel in driver.kernels)
    raise PlanError(
        f"the distribution's own kernel, by {names}",
        f"{running}, which no such package keeps up to date",
        f"apt-get install {driver.kernels[0].image}, reboot, and run this again",
    )
