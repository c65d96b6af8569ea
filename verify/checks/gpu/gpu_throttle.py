"""A card that slows itself down to survive."""

from functools import reduce
from operator import or_

from verify.boards import Judgement, called
from verify.check import Finding
from verify.target import Target
from verify.throttling import POWER_CAP, reasons, words
from verify.under_load import load_check, under_load


@load_check(
    severity="critical",
    source="Azure HPC health checks and gpud: idle and the software power cap are benign, all others are not",
)
def gpu_throttle(target: Target) -> Finding:
    """Under load nothing slows a card down but its power limit: no heat, no power brake, no locked clocks."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        told = [reasons(row) for row in measured.busy(card)]
        bits = reduce(or_, (bits for bits in told if bits is not None), 0)
        if bits & ~POWER_CAP:
            judged.wrong.append(f"{called(card)}: {words(bits)}")
        elif None in told:
            judged.untold.append(f"{called(card)}: reasons not told")
        else:
            judged.good.append(words(bits) if bits else "nothing slowed it down")
    return judged.finding("nothing but the power limit", "air, dust, power cables; nvidia-smi -q -d PERFORMANCE")
