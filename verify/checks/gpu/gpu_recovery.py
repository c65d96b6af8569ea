"""What the driver itself says is needed."""

from verify.boards import NAMED, Judgement, called, untold
from verify.check import Finding, check
from verify.nvidia import UnknownField, cards
from verify.target import Target

# As nvidia-smi spells them, of NVML's nvmlDeviceGpuRecoveryAction.
NEEDED = ("reset", "reboot", "drain", "recover")


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="NVIDIA NVML: nvmlDeviceGpuRecoveryAction is none",
)
def gpu_recovery(target: Target) -> Finding:
    """The driver asks for no reset or reboot of any card."""
    judged, bound = Judgement(), "None"
    try:
        rows = cards(target.host, *NAMED, "gpu_recovery_action")
    except UnknownField as error:
        return untold(bound, error.found, error.todo)
    for card in rows:
        action = card["gpu_recovery_action"]
        if action == "None":
            judged.good.append("no action needed")
        elif any(word in action.lower() for word in NEEDED):
            judged.wrong.append(f"{called(card)}: {action}")
        else:
            judged.untold.append(f"{called(card)}: {action or 'nothing'}")
    return judged.finding(bound, "do what it says, with nothing running on the card; a reboot does for all of them")
