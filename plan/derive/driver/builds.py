"""Which CUDA build of torch computes on all cards, and what the engine asks of them."""

from plan import catalog, lock
from plan.catalog.rows import GpuRow, TorchBuildRow
from plan.derive.driver.cards import named
from plan.derive.driver.question import Question
from plan.errors import PlanError
from plan.nearest import listed


def torch_build(question: Question) -> TorchBuildRow:
    """That of the CUDA that is asked for, else the newest that all cards compute with."""
    builds = catalog.torch_builds()
    if question.cuda is None:
        for build in builds:
            if all(fits(card, build) for card in question.cards):
                return build
        raise PlanError(
            "one CUDA that computes on all cards of a machine",
            " and ".join(dict.fromkeys(map(named, question.cards))),
            "put them into two machines",
        )
    wanted = next((build for build in builds if build.cuda == question.cuda), None)
    if wanted is None:
        known = ", ".join(build.cuda for build in builds)
        raise PlanError("a CUDA version that torch is built for", f"`{question.cuda}`", f"known: {known}")
    for card in question.cards:
        if not fits(card, wanted):
            raise _too_old_or_new(card, wanted)
    return wanted


def refuse_engine(question: Question) -> None:
    floor = catalog.engine_floor(question.engine)
    for card in question.cards if floor else ():
        assert floor  # noqa: S101 (the loop is empty without one)
        if float(card.compute_capability) < float(floor.least_capability):
            raise PlanError(
                f"a card of compute capability {floor.least_capability} or newer, for {floor.title}",
                f"{named(card)} with {card.compute_capability}",
                f"nearest is {listed(_engines_for(card)) or '`gpu: none`'}; or use a newer card",
            )


def _engines_for(card: GpuRow) -> list[str]:
    floors = catalog.engine_floors()
    return [row.name for row in floors if float(row.least_capability) <= float(card.compute_capability)]


def compiler(engine: str) -> str | None:
    """CUDA's compiler, where the engine compiles on the machine: one of the packages in its lock."""
    floor = catalog.engine_floor(engine)
    if not floor or not floor.compiles:
        return None
    row = catalog.python(catalog.engine(engine).python)
    found = next(wheel for wheel in lock.wheels(row.lock, lock.PYTHONS[0]) if wheel.package == "nvidia-cuda-nvcc")
    return f"{found.package} {found.version}"


def fits(card: GpuRow, build: TorchBuildRow) -> bool:
    """Whether this build has code for the card."""
    first, last = map(float, build.capability)
    return first <= float(card.compute_capability) <= last


def _too_old_or_new(card: GpuRow, build: TorchBuildRow) -> PlanError:
    first, last = build.capability
    old = float(card.compute_capability) < float(first)
    able = [other for other in catalog.torch_builds() if fits(card, other)]
    todo = "use a newer card, or `gpu: none`"
    if able:
        locked = [
            row for row in catalog.pythons() if row.name == "torch" and row.cuda in {other.cuda for other in able}
        ]
        nearest = f"nearest is CUDA {able[0].cuda} ({able[0].name}), which has no lock yet: {todo}"
        todo = f"nearest is CUDA {locked[0].cuda}, with torch {locked[0].version}" if locked else nearest
    return PlanError(
        f"a card of compute capability {f'{first} or newer' if old else f'{last} or older'}, for CUDA {build.cuda}",
        f"{named(card)} with {card.compute_capability}",
        todo,
    )
