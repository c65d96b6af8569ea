"""Cards one by one: each is named, judged against the profile of its board, and none is forgotten."""

from collections.abc import Sequence
from typing import Literal

from plan import catalog
from plan.catalog.rows import BoardRow
from plan.errors import SpecError
from verify.check import Finding, failed, passed, skipped
from verify.nvidia import Card

NAMED = ("index", "name")
Feature = Literal["ecc", "row_remapping", "page_retirement"]
LOOK = "nvidia-smi -q -i CARD on the machine; a board that answers so by nature gets a row in plan/catalog/boards.toml"


def called(card: Card) -> str:
    return f"card {card['index']} ({card['name']})"


def known_as(card: Card) -> str:
    """The catalogue's name of the card, by the driver's; empty where it does not know it."""
    try:
        return catalog.gpu(card["name"]).name
    except SpecError:
        return ""


def profile(card: Card) -> BoardRow | None:
    """The board; None where the catalogue does not know the card."""
    return catalog.board(known_as(card))


def lacks(card: Card, feature: Feature) -> bool:
    """Whether the board is known not to have it, so that N/A is the right answer."""
    board = profile(card)
    return board is not None and feature in board.lacks


def ecc_is_off(card: Card) -> bool:
    """Whether there is nothing to count because ECC is off, on a board that is delivered so."""
    board = profile(card)
    return card.get("ecc.mode.current") == "Disabled" and board is not None and board.ecc[:1] == ("Disabled",)


class Judgement:
    """What is wrong with cards, what they do not tell, and what they are known not to have."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.untold: list[str] = []
        self.without: list[str] = []
        self.good: list[str] = []

    def finding(self, bound: str, todo: str) -> Finding:
        """One card that is wrong fails, one that does not tell is never a pass."""
        if self.wrong:
            return failed(bound, "; ".join(self.wrong + self.untold), todo)
        if self.untold:
            return untold(bound, "; ".join(self.untold))
        if self.good:
            return passed("; ".join(together(self.good)), bound)
        return skipped("; ".join(together(self.without)))


def untold(wanted: str, found: str, todo: str = LOOK) -> Finding:
    """Neither good nor bad: the card, the driver or a missing profile does not allow to tell."""
    return Finding(outcome="unsupported", measured=found, bound=wanted, wanted=wanted, found=found, todo=todo)


def together(texts: Sequence[str]) -> list[str]:
    """Each text once, with how often it was said."""
    counts = {text: texts.count(text) for text in texts}
    return [text if count == 1 else f"{count} x {text}" for text, count in counts.items()]
