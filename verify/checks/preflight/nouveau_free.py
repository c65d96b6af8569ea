"""Would nouveau come back?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# A blacklist stops the kernel from loading it by itself, not those who name it.
ASK = (
    "echo looked; [ -d /sys/module/nouveau ] && echo loaded; "
    "grep -lsE '^[[:space:]]*nouveau' /etc/modules /etc/modules-load.d/*.conf /run/modules-load.d/*.conf "
    "/usr/lib/modules-load.d/*.conf /etc/initramfs-tools/modules | sort -u | sed 's/^/named /'; "
    "grep -wo 'nouveau.modeset=[12]' /proc/cmdline | sed 's/^/named the kernel command line: /'"
)


@check(
    stage="preflight",
    part="driver",
    severity="critical",
    needs=("plain_shell",),
    subject="engine",
    gpu=True,
    source="modprobe.d(5): blacklist holds for aliases only",
)
def nouveau_free(target: Target) -> Finding:
    """Nobody loads nouveau by name; where the kernel has loaded it, the deployment turns it off and reboots once."""
    output = target.host.run(ASK)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("whether nouveau is loaded", said, "run: lsmod")
    named = [line.removeprefix("named ") for line in lines if line.startswith("named ")]
    if named:
        todo = "take nouveau out of there, run update-initramfs -u, reboot, and run this again"
        return failed("nobody who loads nouveau by name", f"nouveau in {', '.join(named)}", todo)
    return passed("loaded, to be turned off with one reboot" if "loaded" in lines else "not loaded", "named nowhere")
