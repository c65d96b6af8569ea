"""Where the driver's packages come from: each source and branch with what stands against it."""

from collections.abc import Iterator
from dataclasses import dataclass

from plan import catalog
from plan.catalog.rows import DriverPackagesRow, DriverRow
from plan.derive.driver.branches import ended, supported
from plan.derive.driver.cards import Ability
from plan.derive.driver.question import Question

MOST_SAID = 2  # reasons of one offer: the first ones are the heaviest


@dataclass(frozen=True)
class Offer:
    """One branch from one source. against: why it can't be taken, in words; empty when it can."""

    packages: DriverPackagesRow
    branch: DriverRow
    against: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.packages.title} has {self.branch.branch}: {', '.join(self.against[:MOST_SAID])}"


def offers(question: Question, able: Ability, cuda: str) -> list[Offer]:
    """The one to take first at the head: those nothing stands against, as the catalogue orders the sources."""
    found = [
        Offer(row, branch, tuple(_against(question, able, cuda, row, branch)))
        for row in catalog.driver_packages()
        if question.system in row.systems and question.source in (None, row.name)
        for branch in _ordered(row)
        if question.branch in (None, branch.branch)
    ]
    return sorted(found, key=lambda offer: bool(offer.against))


def _ordered(row: DriverPackagesRow) -> list[DriverRow]:
    good = [branch for branch in supported() if branch.branch in row.branches]
    return good + [branch for branch in catalog.drivers() if branch.branch in row.branches and branch not in good]


def _against(question: Question, able: Ability, cuda: str, row: DriverPackagesRow, branch: DriverRow) -> Iterator[str]:
    first, who = _first(question, able)
    if branch.branch < first:
        yield f"{who} needs {first} or newer"
    if able.last_branch and branch.branch > able.last_branch:
        yield f"{able.last_branch} is the last for these cards"
    if branch.cuda < int(cuda.split(".")[0]):
        yield f"it runs CUDA {branch.cuda} at most"
    if ended(branch):
        yield f"its support ended by {branch.end_of_life}"
    if row.fails:
        yield row.fails
    if row.open_fails and able.modules == "open":
        yield row.open_fails
    if row.built == "dkms" and question.secure_boot == "on":
        yield "built by DKMS on the machine, whose key is not enrolled in Secure Boot"
    if others := set(question.present) - {row.name}:
        titles = sorted({other.title for other in catalog.driver_packages() if other.name in others})
        yield f"packages of {' and '.join(titles)} are installed, and sources are not mixed"


def _first(question: Question, able: Ability) -> tuple[int, str]:
    """The oldest branch that does, and who says so."""
    needs = [(able.first_branch, able.newest)]
    if floor := catalog.engine_floor(question.engine):
        needs.append((floor.least_driver, floor.title))
    return max(needs)
