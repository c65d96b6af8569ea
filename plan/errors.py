"""The error tree of the project.

EigenherdError
 ├─ SpecError      asked wrongly: the key, what was found, the nearest valid choice
 ├─ PlanError      cannot be done: what was asked, the limit, the nearest choice that fits
 └─ ProviderError  a hosting provider or the sandbox refused: its own words are kept

Only entry points catch these. Each says what was wanted, what was found and what to do.
"""


class EigenherdError(Exception):
    """wanted: what should hold; found: what holds; todo: the reader's next step."""

    def __init__(self, wanted: str, found: str, todo: str) -> None:
        self.wanted, self.found, self.todo = wanted, found, todo
        super().__init__(f"{wanted}: found {found}\n  -> {todo}")


class SpecError(EigenherdError):
    """The environment file asks for something that is not a valid question."""


class PlanError(EigenherdError):
    """The environment file asks for something that cannot be done."""


class ProviderError(EigenherdError):
    """A hosting provider, or the sandbox, could not do what the plan needs."""
