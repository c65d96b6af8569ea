"""Sustained work on every card, and how it is judged; a short and a long check ask for it."""

from pydantic import Field

from verify.check import Finding, failed, passed
from verify.target import Target
from verify.torch_probe import Card, cards

LEAST_SHARE = 0.95


class Work(Card):
    """What `probes/stress.py` printed of a card."""

    tflops_by_third: tuple[float, float, float]
    products: int = Field(gt=0)
    mismatches: int
    side: int
    dtype: str
    duration_s: float

    @property
    def share(self) -> float:
        """The last third's pace, of the first's; 0 where nothing was computed."""
        first, _, last = self.tflops_by_third
        return last / first if first > 0 else 0.0


def stressed(target: Target, timeout_s: float, duration_s: int) -> list[Work]:
    return cards(target, "stress", Work, timeout_s, duration_s=duration_s)


def held(measured: list[Work]) -> Finding:
    wrong = [
        f"{card}: {card.mismatches} words differ in {card.products} products" for card in measured if card.mismatches
    ]
    wrong += [f"{card}: {pace(card)}" for card in measured if not card.share >= LEAST_SHARE]
    bound = f"0 differences, the last third at {LEAST_SHARE:.0%} of the first"
    text = "; ".join(f"{card}: {pace(card)}" for card in measured)
    figures = [card.model_dump(exclude={"error", "short"}) for card in measured]
    if wrong:
        todo = "look at temperature, power and fans under load: nvidia-smi -q -d TEMPERATURE,POWER,PERFORMANCE"
        return failed(bound, "; ".join(wrong), todo, measured=text, bound=bound, cards=figures)
    return passed(text, bound, cards=figures)


def pace(card: Work) -> str:
    first, _, last = card.tflops_by_third
    return f"{first:.1f} TFLOPS at first, {last:.1f} at last ({card.share:.0%}), {card.duration_s:.0f} s"
