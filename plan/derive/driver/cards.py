"""What the cards of one machine can do together: kernel modules, driver branches, CUDA."""

from dataclasses import dataclass

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.derive.driver.branches import supported
from plan.driver import Modules
from plan.errors import PlanError


@dataclass(frozen=True)
class Ability:
    """first_branch and last_branch: of the driver. newest: generation of cards. why, source: of the modules."""

    modules: Modules
    newest: str
    first_branch: int
    last_branch: int | None
    why: str
    source: str


def ability(cards: tuple[GpuRow, ...]) -> Ability:
    """Of all cards together, or a PlanError that names the one in the way."""
    for card in cards:
        _refuse_nvswitch(card)
        _refuse_ended(card)
    rows = [catalog.architecture(card.architecture) for card in cards]
    kinds: tuple[Modules, ...] = ("open", "proprietary")
    common = [kind for kind in kinds if all(kind in row.modules for row in rows)]
    if not common:
        raise _mixed(cards)
    lasts = [row.last_branch for row in rows if row.last_branch]
    return Ability(
        modules=common[0],
        newest=max(rows, key=catalog.architectures().index).name.capitalize(),
        first_branch=max(row.first_branch for row in rows),
        last_branch=min(lasts, default=None),
        why=_why(cards, common[0]),
        source=f"{rows[0].source}, {rows[0].date}",
    )


def named(card: GpuRow) -> str:
    return f"{card.name} ({card.architecture.capitalize()})"


def _only(card: GpuRow) -> Modules | None:
    kinds = catalog.architecture(card.architecture).modules
    return kinds[0] if len(kinds) == 1 else None


def _why(cards: tuple[GpuRow, ...], kind: Modules) -> str:
    for card in cards:
        if _only(card) == kind:
            return f"{card.architecture.capitalize()} takes no other"
    return f"recommended for {cards[0].architecture.capitalize()}"


def _mixed(cards: tuple[GpuRow, ...]) -> PlanError:
    one = next(card for card in cards if _only(card) == "open")
    other = next(card for card in cards if _only(card) == "proprietary")
    return PlanError(
        "kernel modules of one kind for all cards of a machine",
        f"{named(one)} takes open ones only, {named(other)} proprietary ones only",
        f"put them into two machines, or take the {other.name} out",
    )


def _refuse_nvswitch(card: GpuRow) -> None:
    if card.nvswitch:
        others = [row for row in catalog.gpus() if row.architecture == card.architecture and not row.nvswitch]
        nearest = min(others, key=lambda row: abs(row.vram_gib - card.vram_gib))
        raise PlanError(
            f"{named(card)} without NVSwitch",
            "an NVSwitch board, not handled yet",
            f"not yet: it needs NVIDIA's fabric manager of the driver's very version; nearest is `{nearest.name}`",
        )


def _refuse_ended(card: GpuRow) -> None:
    last = catalog.architecture(card.architecture).last_branch
    oldest = min(row.branch for row in supported())
    if last and last < oldest:
        raise PlanError(
            f"a driver branch that is still supported, for {named(card)}",
            f"{last}, the last for {card.architecture.capitalize()}; the oldest supported is {oldest}",
            "use a card of Turing or newer, or `gpu: none`",
        )
