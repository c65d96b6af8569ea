"""Can a kernel be tried, and the last good one come back by itself?"""

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.target import Target

# GRUB forgets what was chosen once by writing into its own folder, which it cannot do on every kind of disk.
ASK = (
    "command -v grub-reboot; command -v update-grub; ls /boot/grub/grub.cfg;"
    ' echo "disk $(grub-probe --target=abstraction /boot/grub 2>&1 | xargs)";'
    ' echo "system $(grub-probe --target=fs /boot/grub 2>&1 | xargs)"'
)
NEEDED = ("grub-reboot", "update-grub", "grub.cfg")
READ_ONLY = {"lvm", "mdraid09", "mdraid1x", "diskfilter", "btrfs", "zfs", "f2fs"}
TODO = (
    "not yet: leave `maintenance` out on this machine; kernel and driver stay on hold, and it warns when it is behind"
)


@check(
    stage="preflight",
    part="driver",
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("root_rights",),
    source="GRUB's manual, environment block: it is written only on a plain disk or partition, without RAID or LVM",
)
def boot_once(target: Target) -> Finding:
    """With `maintenance`: the boot loader is GRUB, and can boot a kernel once and go back to its default."""
    if not target.plan.maintenance:
        return skipped("no window in the plan")
    output = target.host.run(ASK, root=True)
    lines = output.stdout.splitlines()
    if not any(line.startswith("disk ") for line in lines):
        raise CouldNotTell("the boot loader", output.stdout[:100] or "nothing", "run as root: grub-probe /boot/grub")
    lacking = [name for name in NEEDED if not any(line.endswith(f"/{name}") for line in lines)]
    if lacking:
        return failed("GRUB as the boot loader", f"no {', no '.join(lacking)}", TODO)
    words = {word for line in lines if line.startswith(("disk ", "system ")) for word in line.split()[1:]}
    if unwritable := sorted(words & READ_ONLY):
        found = f"/boot/grub on {', '.join(unwritable)}, where GRUB cannot forget a kernel that was chosen once"
        return failed("a disk that GRUB writes to", found, TODO)
    return passed(f"GRUB, /boot/grub on {', '.join(sorted(words)) or 'a plain disk'}", "GRUB")
