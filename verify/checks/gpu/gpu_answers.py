"""What all other questions about cards begin with."""

import re

from verify.boards import NAMED, called, untold
from verify.check import Finding, check, passed
from verify.nvidia import cards
from verify.target import Target

NAME = re.compile(r"\w+ ")  # "Tesla T4", but not "[N/A]" or "N/A"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="nvidia-smi's exit codes: driver missing, not loaded, of two versions, or a card that is lost",
)
def gpu_answers(target: Target) -> Finding:
    """The driver is there and loaded, and nvidia-smi lists the cards."""
    seen = cards(target.host, *NAMED)
    strange = [card for card in seen if not card["index"].isdecimal() or not NAME.match(card["name"])]
    if strange:
        return untold("each card's index and name", "; ".join(map(called, strange)), "run nvidia-smi -L on the machine")
    return passed(", ".join(map(called, seen)), "at least one card")
