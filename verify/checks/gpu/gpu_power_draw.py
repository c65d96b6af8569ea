"""Whether the card gets the power it asks for."""

from verify.boards import Judgement, called
from verify.check import Finding
from verify.nvidia import number
from verify.target import Target
from verify.under_load import load_check, under_load

LEAST_SHARE = 0.75


@load_check(severity="warning", source="NVIDIA DCGM, targeted power: 0.75 of the limit")
def gpu_power_draw(target: Target) -> Finding:
    """Under load every card's power draw comes to 75 % of its limit."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        draws = [draw for row in measured.busy(card) if (draw := number(row.get("power.draw", ""))) is not None]
        limit = number(card.get("power.limit", ""))
        if not draws or not limit:
            judged.untold.append(f"{called(card)}: {card.get('power.draw')} of {card.get('power.limit')} W")
        elif max(draws) < LEAST_SHARE * limit:
            judged.wrong.append(f"{called(card)}: at most {max(draws):.0f} of {limit:.0f} W")
        else:
            judged.good.append(f"{max(draws):.0f} of {limit:.0f} W")
    return judged.finding(f"at least {LEAST_SHARE:.0%} of the limit", "power cables, power supply, clocks; other load?")
