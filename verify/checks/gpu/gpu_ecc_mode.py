"""Whether the card's memory corrects itself."""

from verify.boards import NAMED, Judgement, called, lacks, profile
from verify.check import Finding, check
from verify.nvidia import cards
from verify.target import Target

MODES = {"Enabled", "Disabled"}


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue cluster-health: current mode, pending mode; the board's profile says which modes it has",
)
def gpu_ecc_mode(target: Target) -> Finding:
    """ECC is on where the board is delivered with it on, and no other mode waits for a reboot."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, "ecc.mode.current", "ecc.mode.pending"):
        current, pending, board = card["ecc.mode.current"], card["ecc.mode.pending"], profile(card)
        text = f"{called(card)}: ECC {current}, pending {pending}"
        if not {current, pending} <= MODES:
            if {current, pending} & MODES or not lacks(card, "ecc"):
                judged.untold.append(text)
            else:
                judged.without.append(f"{card['name']} has no ECC")
        elif current != pending:
            judged.wrong.append(text)
        elif board is None or not board.ecc:
            judged.untold.append(f"{text}, and its profile names no mode")
        elif current not in board.ecc or (current, board.ecc[0]) == ("Disabled", "Enabled"):
            judged.wrong.append(f"{text}, the board is delivered with {board.ecc[0]}")
        else:
            judged.good.append(f"ECC {current}")
    return judged.finding(
        "current and pending mode equal, not worse than delivered", "reboot, or nvidia-smi -e 1, then reboot"
    )
