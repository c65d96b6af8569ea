"""One question, one driver; or the reason why there is none."""

from dataclasses import dataclass

from plan import catalog
from plan.catalog.rows import DriverPackagesRow, DriverRow, TorchBuildRow
from plan.derive.driver.branches import refuse_pinned
from plan.derive.driver.builds import refuse_engine, torch_build
from plan.derive.driver.cards import Ability, ability
from plan.derive.driver.nearest import nearest
from plan.derive.driver.question import Question
from plan.derive.driver.sources import Offer, offers
from plan.driver import Driver, Kernel
from plan.errors import PlanError


@dataclass(frozen=True)
class Answer:
    """The driver, with the rows it follows from."""

    driver: Driver
    able: Ability
    build: TorchBuildRow
    packages: DriverPackagesRow
    branch: DriverRow


def answer(question: Question) -> Answer:
    """Raises a PlanError that names the nearest that works, where there is no driver."""
    made, found = _attempt(question)
    if made is None:
        raise _refusal(question, found)
    return made


def _attempt(question: Question) -> tuple[Answer | None, list[Offer]]:
    """The answer if there is one, and all offers it was chosen from."""
    able = ability(question.cards)
    build = torch_build(question)
    refuse_engine(question)
    if question.branch:
        refuse_pinned(question.branch, build.cuda)
    found = offers(question, able, build.cuda)
    if not found or found[0].against:
        return None, found
    driver = _driver(question, able, build, found[0])
    return Answer(driver, able, build, found[0].packages, found[0].branch), found


def _works(question: Question) -> Driver | None:
    try:
        made, _ = _attempt(question)
    except PlanError:
        return None
    return made.driver if made else None


def _driver(question: Question, able: Ability, build: TorchBuildRow, offer: Offer) -> Driver:
    row, branch = offer.packages, offer.branch.branch
    templates = row.open if able.modules == "open" else row.proprietary
    per_kernel = next((name for name in templates if "{kernel}" in name), None)
    return Driver(
        branch=branch,
        modules=able.modules,
        source=row.name,
        built=row.built,
        repository=_repository(question.system) if row.name == "nvidia" else None,
        components=row.components,
        pinning=row.pinning.format(branch=branch) if row.pinning else None,
        packages=tuple(name.format(branch=branch) for name in templates if name is not per_kernel),
        kernels=tuple(
            Kernel(
                image=f"linux-image-{kernel}",
                headers=f"linux-headers-{kernel}",
                modules=per_kernel.format(branch=branch, kernel=kernel) if per_kernel else None,
            )
            for kernel in catalog.system(question.system).kernels
        ),
        cuda=build.cuda,
        torch=build.name,
    )


def _repository(system: str) -> str:
    """debian-12 is debian12, ubuntu-24.04 is ubuntu2404."""
    return f"{system.replace('-', '').replace('.', '')}/x86_64"


def _refusal(question: Question, found: list[Offer]) -> PlanError:
    names = " and ".join(dict.fromkeys(card.name for card in question.cards))
    where = catalog.system(question.system).title + (" with Secure Boot on" if question.secure_boot == "on" else "")
    best: dict[str, Offer] = {}
    for offer in found:
        best.setdefault(offer.packages.title, offer)
    return PlanError(
        f"a driver for {names} on {where}",
        "; ".join(map(str, best.values())) or _nowhere(question),
        nearest(question, _works),
    )


def _nowhere(question: Question) -> str:
    """Neither source nor branch is to be had for the system."""
    sources = {row.name: row.title for row in catalog.driver_packages()}
    asked = f"branch {question.branch}" if question.branch else "packages"
    return f"no {asked} in {sources[question.source]}" if question.source else f"no {asked} in any source"
