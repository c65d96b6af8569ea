"""The kernel that the next reboot starts."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

ASK = (
    "for kernel in $(ls /boot/vmlinuz-* | sed 's,.*/vmlinuz-,,' | sort -V); do "
    'echo "$kernel $(modinfo -k $kernel -F version nvidia 2>/dev/null || echo none)"; done'
)


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    source="ours: a kernel that came by an upgrade, without a module, is a machine without a GPU after its reboot",
)
def gpu_next_kernel(target: Target) -> Finding:
    """The newest installed kernel, which the next reboot starts, has the driver's module too."""
    output = target.host.run(ASK, root=True)
    kernels = re.findall(r"^(\S+) (none|\d\S*)$", output.stdout, re.MULTILINE)
    if not kernels:
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell("the installed kernels", said or "none", "ls /boot; modinfo -k KERNEL nvidia")
    kernel, version = kernels[-1]
    if version == "none":
        todo = f"apt-get install linux-headers-{kernel}; dkms autoinstall -k {kernel}; do not reboot before"
        return failed(f"a module for {kernel}", "none", todo)
    return passed(f"{version} for {kernel}", "the newest of the installed kernels")
