"""What the plan wants of driver and cards, in one place."""

from typing import Literal

from verify.nvidia import LEAST_BRANCH
from verify.target import Target

ModuleKind = Literal["open", "proprietary"]
# By compute capability: before Turing only the proprietary modules work, from Blackwell on only the open ones.
FIRST_WITH_OPEN, FIRST_WITHOUT_PROPRIETARY = (7, 5), (10, 0)


def least_branch(target: Target) -> int:
    """The branch that must be loaded, at least; a newer one that was there before us is as good."""
    drivers = [choice.driver for choice in target.planned.drivers if choice.driver]
    return min((driver.branch for driver in drivers), default=LEAST_BRANCH)


def module_kind(target: Target) -> ModuleKind | None:
    """The kernel modules that must be loaded; None where both kinds work, and one that was there may stay."""
    if target.planned.gpu is None:
        return None
    major, _, minor = target.planned.gpu.compute_capability.partition(".")
    capability = (int(major), int(minor))
    if capability >= FIRST_WITHOUT_PROPRIETARY:
        return "open"
    return "proprietary" if capability < FIRST_WITH_OPEN else None
