"""What would have to be otherwise for a driver to be found: the least of it that helps."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from plan import catalog
from plan.derive.driver.question import Question
from plan.driver import Driver

ENROL = (
    "enrol the key of DKMS (`mokutil --import`, confirmed on the machine's own screen at its next start),"
    " or turn Secure Boot off"
)


def nearest(question: Question, works: Callable[[Question], Driver | None]) -> str:
    """The first change that leads to a driver, and that driver; in the words of an error's last line."""
    for words, changed in _changes(question):
        if driver := works(changed):
            title = next(row.title for row in catalog.driver_packages() if row.name == driver.source)
            return f"nearest is `{driver.branch}` with {driver.modules} modules from {title}: {words}"
    return "use another card, another system, or `gpu: none`"


def _changes(question: Question) -> Iterator[tuple[str, Question]]:
    """One change alone, then two together, and so on."""
    steps = list(_steps(question))
    for count in range(1, len(steps) + 1):
        for some in combinations(steps, count):
            together: dict[str, Any] = {}
            for _, change in some:
                together |= change
            yield "; ".join(words for words, _ in some), replace(question, **together)


def _steps(question: Question) -> Iterator[tuple[str, dict[str, Any]]]:
    if question.secure_boot == "on":
        yield ENROL, {"secure_boot": "enrolled"}
    if question.source:
        yield "leave `pin.driver_source` out", {"source": None}
    if question.branch:
        yield "leave `pin.driver` out", {"branch": None}
    if question.present:
        yield "first remove the driver packages that are installed", {"present": ()}
