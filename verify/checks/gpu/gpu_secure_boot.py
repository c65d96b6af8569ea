"""A firmware that lets only signed modules in."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

ASK = (
    'echo "firmware $(test -d /sys/firmware/efi && echo EFI || echo BIOS)"; mokutil --sb-state 2>&1; '
    'echo "loaded $(ls -d /sys/module/nvidia 2>/dev/null | wc -l)"'
)


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="mokutil --sb-state; with Secure Boot the kernel takes modules only with an enrolled key",
)
def gpu_secure_boot(target: Target) -> Finding:
    """Secure Boot does not keep the driver's module out of the kernel."""
    text = target.host.run(ASK, root=True).stdout
    firmware, loaded = re.search("^firmware (EFI|BIOS)$", text, re.M), re.search(r"^loaded (\d+)$", text, re.M)
    state = re.search("^SecureBoot (enabled|disabled)", text, re.M)
    if not firmware or not loaded or (firmware[1] == "EFI" and not state):
        raise CouldNotTell("the state of Secure Boot", text.strip()[:200] or "nothing", "apt-get install mokutil")
    if firmware[1] == "BIOS":
        return passed("no EFI, so no Secure Boot", "the module may be loaded")
    if state and state[1] == "enabled" and loaded[1] == "0":
        todo = "a signed module of the distribution, or at the console: mokutil --import /var/lib/dkms/mok.pub, reboot"
        return failed("the module loaded under Secure Boot", "enabled, and nvidia is not loaded", todo)
    return passed(f"Secure Boot {state[1] if state else ''}, nvidia {loaded[1]} loaded", "the module may be loaded")
