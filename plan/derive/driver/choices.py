"""The choice for every system and state of Secure Boot a machine may turn out to have."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import get_args

from plan.derive.driver.answer import answer
from plan.derive.driver.question import Question
from plan.driver import Driver, DriverChoice, Refusal, SecureBoot, System
from plan.errors import PlanError

STATES: tuple[SecureBoot, ...] = get_args(SecureBoot)
SYSTEMS: tuple[System, ...] = get_args(System)


def choices(question: Question, systems: Iterable[System]) -> tuple[DriverChoice, ...]:
    """States of one system that lead to the same are one choice."""
    return tuple(choice for system in systems for choice in _of_system(replace(question, system=system)))


def outcome(question: Question) -> Driver | Refusal:
    try:
        return answer(question).driver
    except PlanError as error:
        return Refusal(wanted=error.wanted, found=error.found, todo=error.todo)


def _of_system(question: Question) -> Iterator[DriverChoice]:
    freely = outcome(replace(question, secure_boot="off"))
    if isinstance(freely, Refusal):  # Secure Boot only takes away
        yield DriverChoice(system=question.system, secure_boot=STATES, refusal=freely)
        return
    states: dict[Driver | Refusal, list[SecureBoot]] = {}
    for state in STATES:
        states.setdefault(outcome(replace(question, secure_boot=state)), []).append(state)
    for made, same in states.items():
        if isinstance(made, Driver):
            yield DriverChoice(system=question.system, secure_boot=tuple(same), driver=made)
        else:
            yield DriverChoice(system=question.system, secure_boot=tuple(same), refusal=made)
