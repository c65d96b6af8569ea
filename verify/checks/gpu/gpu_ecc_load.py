"""Memory errors that come with work."""

from verify.boards import Judgement, called, ecc_is_off, lacks
from verify.check import Finding
from verify.nvidia import number
from verify.target import Target
from verify.under_load import load_check, under_load

COUNTER = "ecc.errors.uncorrected.volatile.total"


@load_check(
    severity="critical",
    source="imbue cluster-health and Azure: the count of uncorrected errors does not grow under load",
)
def gpu_ecc_load(target: Target) -> Finding:
    """Under load no card's count of uncorrected memory errors grows."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        counts = [number(row.get(COUNTER, "")) for row in measured.busy(card)]
        first = number(card.get(COUNTER, ""))
        told = [count for count in counts if count is not None]
        if first is not None and told and max(told) > first:
            judged.wrong.append(f"{called(card)}: {max(told) - first:.0f} more")
        elif first is not None and None not in counts:
            judged.good.append("no more than before")
        elif not told and first is None and lacks(card, "ecc"):
            judged.without.append(f"{card['name']} has no ECC")
        elif not told and first is None and ecc_is_off(card):
            judged.without.append(f"ECC is off on {called(card)}")
        else:
            judged.untold.append(f"{called(card)}: {card.get(COUNTER)}")
    return judged.finding("no new uncorrected error", "reboot; if it comes back, have the card replaced")
