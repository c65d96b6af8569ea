"""How many lanes the card has."""

from statistics import mode

from verify.boards import Judgement, called, profile
from verify.check import Finding
from verify.nvidia import number
from verify.target import Target
from verify.under_load import load_check, under_load


@load_check(
    severity="critical",
    source="NVIDIA NVSentinel and DCGM, pcie: the link's width under load is what card and slot have in common",
)
def gpu_pcie_width(target: Target) -> Finding:
    """While it copies, every card's PCIe link has all the lanes that card and slot have in common."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        usual = mode(row.get("pcie.link.width.current", "") for row in measured.busy(card))
        current, possible = number(usual), number(card.get("pcie.link.width.max", ""))
        if current is None or possible is None:
            judged.untold.append(f"{called(card)}: {usual} of {card.get('pcie.link.width.max')} lanes")
        elif current < possible:
            judged.wrong.append(f"{called(card)}: x{current:.0f} of x{possible:.0f}")
        else:
            board = profile(card)
            less = board is not None and (board.pcie_width or 0) > possible
            judged.good.append(f"x{current:.0f}" + (", all that the slot has" if less else ""))
    return judged.finding("all lanes of card and slot", "seat the card anew; look for dirt, riser, broken lanes")
