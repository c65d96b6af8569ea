"""How warm it gets."""

from collections.abc import Callable

from verify.boards import Judgement, called, profile
from verify.check import Finding
from verify.nvidia import Card, number
from verify.target import Target
from verify.under_load import load_check, under_load

USUAL_C = 85


@load_check(
    severity="warning",
    source="the card's own margin to its limit, else its profile; facebookresearch/gcm: 85 degrees where unknown",
)
def gpu_temperature(target: Target) -> Finding:
    """Under load no card comes to the temperature at which it slows down."""
    measured, judged = under_load(target), Judgement()
    for card in measured.cards():
        busy = measured.busy(card)
        hottest, margin = extreme(busy, "temperature.gpu", max), extreme(busy, "temperature.gpu.tlimit", min)
        board = profile(card)
        limit = (board.slowdown_c if board else None) or USUAL_C
        if hottest is None:
            judged.untold.append(f"{called(card)}: temperature {card.get('temperature.gpu')}")
        elif (margin is not None and margin <= 0) or (margin is None and hottest >= limit):
            judged.wrong.append(
                f"{called(card)}: {hottest:.0f} C" + ("" if margin is None else f", margin {margin:.0f}")
            )
        else:
            judged.good.append(f"{hottest:.0f} C" + (f" of {limit} C" if margin is None else f", margin {margin:.0f}"))
    return judged.finding(f"a margin to the card's limit; else below {USUAL_C} C", "air, dust, fans; the room")


def extreme(rows: list[Card], field: str, which: Callable[[list[float]], float]) -> float | None:
    told = [value for row in rows if (value := number(row.get(field, ""))) is not None]
    return which(told) if told else None
