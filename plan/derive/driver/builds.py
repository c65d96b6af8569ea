"""Which CUDA build of torch computes on all cards, and what the engine asks of them."""

from plan import catalog, lock
from plan.catalog.rows import GpuRow, PythonRow, TorchBuildRow
from plan.derive.driver.cards import named
from plan.derive.driver.question import Question
from plan.errors import PlanError
from plan.nearest import listed


def torch_build(question: Question) -> TorchBuildRow:
    """That of the CUDA that is asked for, else the newest that all cards compute with."""
    builds = catalog.torch_builds()
    if question.cuda is None:
        for build in builds:
            if all(_fits(card, build) for card in question.cards):
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
        if not _fits(card, wanted):
            raise _too_old_or_new(card, wanted)
    return wanted


def torch_row(cards: tuple[GpuRow, ...], version: str | None, cuda: str | None) -> PythonRow:
    """The pinned one, or that of the pinned CUDA; else the newest that computes on all cards; else the newest."""
    rows = [row for row in catalog.pythons() if row.name == "torch"]
    capable = {build.cuda: build for build in catalog.torch_builds()}
    if version is None:
        for row in rows:
            if row.cuda == cuda or (cuda is None and all(_fits(card, capable[row.cuda]) for card in cards)):
                return row
    return catalog.python("torch", version)


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
    planned = catalog.engine(engine)
    row = catalog.python(planned.compiler or planned.python)
    found = next(wheel for wheel in lock.wheels(row.lock, lock.PYTHONS[0]) if wheel.package == "nvidia-cuda-nvcc")
    return f"{found.package} {found.version}"


def _fits(card: GpuRow, build: TorchBuildRow) -> bool:
    first, last = map(float, build.capability)
    return first <= float(card.compute_capability) <= last


def _too_old_or_new(card: GpuRow, build: TorchBuildRow) -> PlanError:
    first, last = build.capability
    old = float(card.compute_capability) < float(first)
    able = [other for other in catalog.torch_builds() if _fits(card, other)]
    todo = "use a newer card, or `gpu: none`"
    if able:
        nearest = f"nearest is CUDA {able[0].cuda} ({able[0].name}, torch {able[0].torch[1]} or older)"
        locks = [row for row in catalog.pythons() if row.name == "torch" and row.cuda == able[0].cuda]
        lock = f", locked with torch {locks[0].version}: leave `pin.torch` and `pin.cuda` out" if locks else ""
        todo = f"{nearest}{lock or f', which has no lock yet: {todo}'}"
    return PlanError(
        f"a card of compute capability {f'{first} or newer' if old else f'{last} or older'}, for CUDA {build.cuda}",
        f"{named(card)} with {card.compute_capability}",
        todo,
    )
