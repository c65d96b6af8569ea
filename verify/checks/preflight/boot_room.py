"""Does another initramfs fit beside those that are there?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

NEEDED_MIB = 150  # a new kernel and its initramfs with the driver, while the old ones are still there


@check(
    stage="preflight",
    part="driver",
    severity="critical",
    needs=("plain_shell",),
    subject="engine",
    gpu=True,
    source="a kernel and its initramfs, written beside the old",
)
def boot_room(target: Target) -> Finding:
    """There is room in /boot for a new kernel and its initramfs."""
    text = target.host.run("df -P -m /boot | tail -n 1").stdout
    row = text.split()
    if len(row) != 6 or not row[3].isdecimal():
        raise CouldNotTell("df's row of /boot", text.strip()[:200] or "nothing", "run: df -m /boot")
    measured, bound = f"{row[3]} MiB free on {row[5]}", f"{NEEDED_MIB} MiB"
    if int(row[3]) < NEEDED_MIB:
        return failed(f"{bound} free for /boot", measured, "remove kernels that are no longer used: apt-get autoremove")
    return passed(measured, bound)
