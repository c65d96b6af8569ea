"""Rows of memory that were exchanged for spare ones."""

from verify.boards import NAMED, Judgement, called, ecc_is_off, lacks
from verify.check import Finding, check
from verify.nvidia import cards
from verify.target import Target

FIELDS = ("remapped_rows.pending", "remapped_rows.failure")


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="gpud, Azure HPC health checks and NVIDIA DCGM: no row remapping pending or failed",
)
def gpu_row_remap(target: Target) -> Finding:
    """No card waits for a reset to exchange a row of memory, and none has run out of spare ones."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, "ecc.mode.current", *FIELDS):
        values = {card[field] for field in FIELDS}
        text = f"{called(card)}: pending {card[FIELDS[0]]}, failure {card[FIELDS[1]]}"
        if "Yes" in values:
            judged.wrong.append(text)
        elif values == {"No"}:
            judged.good.append("none pending, none failed")
        elif "No" not in values and lacks(card, "row_remapping"):
            judged.without.append(f"{card['name']} remaps no rows")
        elif "No" not in values and ecc_is_off(card):
            judged.without.append(f"ECC is off on {called(card)}")
        else:
            judged.untold.append(text)
    return judged.finding("No, No", "pending: reset the card or reboot; failure: have the card replaced")
