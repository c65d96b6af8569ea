"""The error tree of the project.

EigenherdError
 ├─ SpecError      asked wrongly: the key, what was found, the nearest valid choice
 ├─ PlanError      cannot be done: what was asked, the limit, the nearest choice that fits
 └─ ProviderError  a hosting provider or the sandbox refused: its own words are kept

Only entry points catch these. Each says what was wanted, what was found and what to do.
"""

from collections.abc import Sequence

MOST_SHOWN = 10


class EigenherdError(Exception):
    """wanted: what should hold; found: what holds; todo: the reader's next step. others: found at the same time."""

    def __init__(self, wanted: str, found: str, todo: str, others: Sequence["EigenherdError"] = ()) -> None:
        self.wanted, self.found, self.todo, self.others = wanted, found, todo, tuple(others)
        lines = [f"{wanted}: found {found}\n  -> {todo}", *map(str, others[: MOST_SHOWN - 1])]
        if len(others) >= MOST_SHOWN:
            lines.append(f"and {len(others) + 1 - MOST_SHOWN} more")
        super().__init__("\n".join(lines))


class SpecError(EigenherdError):
    """The environment file asks for something that is not a valid question."""


class PlanError(EigenherdError):
    """The environment file asks for something that cannot be done."""


class ProviderError(EigenherdError):
    """A hosting provider, or the sandbox, could not do what the plan needs."""


def together(errors: Sequence[EigenherdError]) -> EigenherdError:
    """One error of the first one's kind that says them all."""
    first = errors[0]
    return type(first)(first.wanted, first.found, first.todo, (*first.others, *errors[1:]))
