"""Errors in the card's caches, over its whole life."""

from verify.boards import NAMED, Judgement, called, ecc_is_off, lacks, untold
from verify.check import Finding, check
from verify.nvidia import UnknownField, cards, number
from verify.target import Target

COUNTER = "ecc.errors.uncorrected.aggregate.sram"
MOST = 4


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="stas00/ml-engineering and NVIDIA DCGM: above 4 uncorrectable SRAM errors the card is to be replaced",
)
def gpu_ecc_sram(target: Target) -> Finding:
    """No card's caches have had more than 4 uncorrectable errors in their life."""
    judged, bound = Judgement(), f"at most {MOST}"
    try:
        rows = cards(target.host, *NAMED, "ecc.mode.current", COUNTER)
    except UnknownField as error:
        return untold(bound, error.found, error.todo)
    for card in rows:
        count = number(card[COUNTER])
        if count is None and lacks(card, "ecc"):
            judged.without.append(f"{card['name']} has no ECC")
        elif count is None and ecc_is_off(card):
            judged.without.append(f"ECC is off on {called(card)}")
        elif count is None:
            judged.untold.append(f"{called(card)}: {card[COUNTER]}")
        elif count > MOST:
            judged.wrong.append(f"{called(card)}: {count:.0f} errors")
        else:
            judged.good.append(f"{count:.0f} errors")
    return judged.finding(bound, "have the card replaced")
