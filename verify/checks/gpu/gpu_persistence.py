"""Without persistence the driver forgets the card, and every first question waits."""

from verify.boards import NAMED, Judgement, called
from verify.check import Finding, check
from verify.nvidia import cards
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="NVIDIA DCGM, software level, and gpud: persistence mode",
)
def gpu_persistence(target: Target) -> Finding:
    """Persistence mode is on for every card, so that the driver keeps it initialised."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, "persistence_mode"):
        mode = card["persistence_mode"]
        places = {"Enabled": judged.good, "Disabled": judged.wrong}
        places.get(mode, judged.untold).append(mode if mode == "Enabled" else f"{called(card)}: {mode}")
    return judged.finding("Enabled", "systemctl enable --now nvidia-persistenced")
