"""Open or proprietary kernel modules."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.planned_driver import module_kind
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="NVIDIA's driver installation guide: open modules from Turing on, the only ones from Blackwell on",
)
def gpu_module_kind(target: Target) -> Finding:
    """The loaded kernel modules are of the kind that the card's generation needs, open or proprietary."""
    text = target.host.run("cat /proc/driver/nvidia/version").stdout
    if "NVRM version:" not in text or "Kernel Module" not in text:
        raise CouldNotTell("the kind of the loaded module", text[:200] or "nothing", "cat /proc/driver/nvidia/version")
    loaded, wanted = "open" if "Open Kernel Module" in text else "proprietary", module_kind(target)
    if wanted and loaded != wanted:
        return failed(f"{wanted} modules", f"{loaded} modules", f"install the {wanted} kernel modules, then reboot")
    return passed(f"{loaded} modules", wanted or "either works on this card")
