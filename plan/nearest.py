"""The nearest valid name to a wrong one, for errors that help."""

import difflib
from collections.abc import Iterable

LONGEST = 100  # comparing takes a time that grows with both lengths


def nearest(wrong: str, names: Iterable[str], least: float = 0.0) -> str | None:
    """The most similar name, case ignored; None when none is at least that similar (0 to 1).

    A name that only continues the wrong one goes first: `mistral` means `mistral:7b`, not `minstrel`.
    """
    wrong = wrong[:LONGEST]
    folded = {name.casefold(): name for name in names}
    longer = [name for name in folded if wrong and name.startswith(wrong.casefold())]
    if longer:
        return folded[min(longer, key=len)]
    close = difflib.get_close_matches(wrong.casefold(), folded, n=1, cutoff=least)
    return folded[close[0]] if close else None


def listed(names: Iterable[object]) -> str:
    """Names as a sentence lists them."""
    return ", ".join(f"`{name}`" for name in names)
