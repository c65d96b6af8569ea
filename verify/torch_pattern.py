"""The memory pattern test of every card, and how it is judged; a short and a long check ask for it."""

import secrets

from pydantic import Field

from verify.check import Finding, failed, passed
from verify.target import Target
from verify.torch_probe import Card, cards


class Pattern(Card):
    """What `probes/memory_pattern.py` printed of a card. wrong: the first words that differed, by address."""

    tested_mib: int = Field(gt=0)
    free_mib: int
    total_mib: int
    patterns: int = Field(gt=0)
    passes: int = Field(gt=0)
    mismatches: int
    wrong: list[dict[str, str | int]]

    @property
    def share_of_all(self) -> float:
        return self.tested_mib / self.total_mib


def tested(target: Target, timeout_s: float, *, share: float, shifts: int, duration_s: float) -> list[Pattern]:
    """share: of what is free. shifts: where walking bits start. Random words are others each time."""
    asked: dict[str, float] = {"share": share, "shifts": shifts, "duration_s": duration_s}
    return cards(target, "memory_pattern", Pattern, timeout_s, **asked, seed=secrets.randbelow(2**31))


def judged(measured: list[Pattern]) -> Finding:
    wrong = [f"{card}: {card.mismatches} words differ{first(card)}" for card in measured if card.mismatches]
    texts = [
        f"{card}: {card.tested_mib} of {card.free_mib} MiB free, {card.patterns} patterns, {card.passes} times"
        for card in measured
    ]
    if wrong:
        todo = "reset the card and test again; if it stays, have it replaced: nvidia-smi -q -d ECC,ROW_REMAPPER"
        evidence = {str(card): card.wrong for card in measured if card.mismatches}
        return failed("0 mismatched words", "; ".join(wrong), todo, wrong=evidence)
    return passed("; ".join(texts), "0 mismatched words")


def first(card: Pattern) -> str:
    if not card.wrong:
        return ""
    word = card.wrong[0]
    return f", the first in pattern {word.get('pattern')}, bits {word.get('flipped')}"
