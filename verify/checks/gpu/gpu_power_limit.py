"""A card that somebody has throttled."""

from verify.boards import NAMED, Judgement, called, profile
from verify.check import Finding, check
from verify.nvidia import cards, number
from verify.target import Target

FIELDS = ("power.limit", "power.default_limit")
TOLERANCE_W = 1.0


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="NVIDIA Health Validation: power limits; the board's profile",
)
def gpu_power_limit(target: Target) -> Finding:
    """The power limit of every card is its default; on NVIDIA's own boards that is what their profile says."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, *FIELDS):
        limit, default, board = number(card[FIELDS[0]]), number(card[FIELDS[1]]), profile(card)
        text = f"{called(card)}: limit {card[FIELDS[0]]} W, default {card[FIELDS[1]]} W"
        if limit is None or default is None:
            judged.untold.append(text)
        elif abs(limit - default) > TOLERANCE_W:
            judged.wrong.append(text)
        elif board is None or board.power_w is None:
            judged.untold.append(f"{text}, and its profile names none")
        elif not board.partners and abs(default - board.power_w) > TOLERANCE_W:
            judged.wrong.append(f"{text}, the profile has {board.power_w} W ({board.source})")
        else:
            judged.good.append(f"{limit:.0f} W")
    return judged.finding("the board's default limit", "nvidia-smi -pl WATTS; look for who sets another one")
