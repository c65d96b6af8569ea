"""How fast the card's link is when it is needed."""

from statistics import mode

from verify.boards import Judgement, called, profile
from verify.check import Finding
from verify.nvidia import Card, number
from verify.target import Target
from verify.under_load import load_check, under_load


@load_check(
    severity="critical",
    source="NVIDIA NVSentinel pcie_check: the generation under load is the lesser of what card and slot can",
)
def gpu_pcie_generation(target: Target) -> Finding:
    """While it copies, every card's PCIe link runs at the fastest generation that card and slot have in common."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        usual = mode(row.get("pcie.link.gen.current", "") for row in measured.busy(card))
        current, possible = number(usual), best(card)
        if current is None or possible is None:
            judged.untold.append(f"{called(card)}: generation {usual} of {card.get('pcie.link.gen.max')}")
        elif current < possible:
            judged.wrong.append(f"{called(card)}: generation {current:.0f} of {possible:.0f}")
        else:
            board = profile(card)
            less = board is not None and (board.pcie_generation or 0) > possible
            judged.good.append(f"generation {current:.0f}" + (", all that the slot has" if less else ""))
    return judged.finding("the best of card and slot", "seat, riser, BIOS setting of the slot; lspci -vv, LnkSta")


def best(card: Card) -> float | None:
    """What card and slot can; virtual machines do not tell about the slot, but nvidia-smi about both together."""
    own, slot = (number(card.get(f"pcie.link.gen.{name}", "")) for name in ("gpumax", "hostmax"))
    return min(own, slot) if own and slot else number(card.get("pcie.link.gen.max", ""))
