"""The other driver."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="NVIDIA DCGM, software level: nouveau must not be loaded",
)
def gpu_nouveau(target: Target) -> Finding:
    """The kernel has loaded NVIDIA's modules and not nouveau."""
    names = set(target.host.run("ls -1 /sys/module").stdout.split())
    if not names:
        raise CouldNotTell("the kernel's modules", "none", "ls /sys/module")
    if "nouveau" in names:
        return failed("nouveau not loaded", "nouveau loaded", "blacklist nouveau, update-initramfs -u, then reboot")
    if not {"nvidia", "nvidia_uvm"} <= names:
        missing = ", ".join(sorted({"nvidia", "nvidia_uvm"} - names))
        return failed("nvidia and nvidia_uvm loaded", f"not loaded: {missing}", "modprobe nvidia-uvm; journalctl -k -b")
    return passed("nvidia and nvidia_uvm loaded", "nouveau not loaded")
