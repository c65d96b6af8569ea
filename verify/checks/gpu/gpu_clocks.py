"""Whether the card works as fast as it can."""

from statistics import median

from verify.boards import Judgement, called
from verify.check import Finding
from verify.nvidia import Card, number
from verify.target import Target
from verify.throttling import POWER_CAP, reasons
from verify.under_load import load_check, under_load

LEAST_SHARE = 0.85


@load_check(
    severity="warning",
    source="NVIDIA NVSentinel: below 0.85 of the highest clock a card is throttled; a power cap explains it",
)
def gpu_clocks(target: Target) -> Finding:
    """Under load every card's clock reaches 85 % of its highest, or only its power limit keeps it lower."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        busy = measured.busy(card)
        shares = [share for row in busy if (share := share_of_highest(row)) is not None]
        active = [reasons(row) for row in busy]
        if not shares:
            judged.untold.append(f"{called(card)}: clock {card.get('clocks.sm')} of {card.get('clocks.max.sm')}")
        elif median(shares) >= LEAST_SHARE:
            judged.good.append(f"{median(shares):.0%} of the highest clock")
        elif None in active:
            judged.untold.append(f"{called(card)}: {median(shares):.0%} of the highest clock, reason not told")
        elif set(active) <= {POWER_CAP, 0} and POWER_CAP in active:
            judged.good.append(f"{median(shares):.0%} of the highest clock, at the power limit")
        else:
            judged.wrong.append(f"{called(card)}: {median(shares):.0%} of the highest clock")
    return judged.finding(f"{LEAST_SHARE:.0%}, or the power limit reached", "nvidia-smi -q -d PERFORMANCE,CLOCK")


def share_of_highest(row: Card) -> float | None:
    clock, highest = number(row.get("clocks.sm", "")), number(row.get("clocks.max.sm", ""))
    return clock / highest if clock is not None and highest else None
