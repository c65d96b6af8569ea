"""Memory errors that could not be corrected."""

from verify.boards import NAMED, Judgement, called, ecc_is_off, lacks
from verify.check import Finding, check
from verify.nvidia import cards, number
from verify.target import Target

COUNTER = "ecc.errors.uncorrected.volatile.total"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue, facebookresearch/gcm and Azure HPC health checks: 0 uncorrected errors",
)
def gpu_ecc_errors(target: Target) -> Finding:
    """No card has counted an uncorrected memory error since its driver was loaded."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, "ecc.mode.current", COUNTER):
        count = number(card[COUNTER])
        if count is None and lacks(card, "ecc"):
            judged.without.append(f"{card['name']} has no ECC")
        elif count is None and ecc_is_off(card):
            judged.without.append(f"ECC is off on {called(card)}")
        elif count is None:
            judged.untold.append(f"{called(card)}: {card[COUNTER]}")
        elif count > 0:
            judged.wrong.append(f"{called(card)}: {count:.0f} uncorrected errors")
        else:
            judged.good.append("none counted")
    todo = "reboot, run `eigenherd verify` again; if it comes back, have the card replaced"
    return judged.finding("0 uncorrected errors", todo)
