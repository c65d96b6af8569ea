"""Measurements by the torch environment of a machine, on the planned device, one entry a card.

While one runs on a card that an engine serves from, the engine's users wait longer: so these checks disturb the
machine, and no other check runs there meanwhile. Nothing of the engine's is touched: a probe takes only memory that
is free, and leaves a part of that for the engine to grow into. What it took is free again when it ends, at its
deadline at the latest. The long checks of stage `disruptive` want the whole card: they stop the engine (quiet.py).
"""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from verify.check import CheckFailed, CouldNotTell
from verify.target import Target


class Card(BaseModel):
    """error: what the card answered instead of a result. short: why there was no room to measure."""

    index: int
    name: str
    error: str = ""
    short: str = ""

    def __str__(self) -> str:
        return self.name if self.name == "CPU" else f"card {self.index} ({self.name})"


AnyCard = TypeVar("AnyCard", bound=Card)


def cards(target: Target, probe: str, kind: type[AnyCard], timeout_s: float, **params: object) -> list[AnyCard]:
    """Every card's measurement; a card that computes no more, or has no room, is named."""
    measured = measure(target, probe, timeout_s, **params)
    found = parsed(measured.get("cards"), Card)
    broken = [f"{card}: {card.error}" for card in found if card.error]
    if broken:
        todo = "look for its Xid: journalctl -k | grep Xid; then reset the card or reboot"
        raise CheckFailed("every card computes", "; ".join(broken), todo)
    full = [f"{card}: {card.short}" for card in found if card.short]
    if full:
        todo = "see who holds the memory: nvidia-smi; plan the engine a smaller share, or stop it meanwhile"
        raise CouldNotTell("room to measure on every card", "; ".join(full), todo)
    if not found:
        raise CheckFailed("a card", "planned cuda, found none", "run nvidia-smi on the machine")
    return parsed(measured.get("cards"), kind)


def parsed(values: object, kind: type[AnyCard]) -> list[AnyCard]:
    try:
        return [kind.model_validate(value) for value in values] if isinstance(values, list) else no_cards()
    except ValidationError as error:
        raise CouldNotTell("a complete measurement", wrong_fields(error), "run the probe by hand") from None


def no_cards() -> list[AnyCard]:
    raise CouldNotTell("a measurement of each card", "wrong fields: cards", "run the probe by hand")


def wrong_fields(error: ValidationError) -> str:
    fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
    return f"wrong fields: {fields}"


def measure(target: Target, probe: str, timeout_s: float, **params: object) -> dict[str, object]:
    """What the probe measured. Where the machine answers and the probe does not end well, torch is broken."""
    home = f"/opt/eigenherd/{target.plan.torch.name}"
    card = target.planned.gpu
    # Beside a simulated card torch computes on the CPU, and the result says that it is simulated.
    asked = {"device": "cpu" if card and card.simulated else target.plan.engine.device} | params
    try:
        measured = target.host.probe(probe, asked, python=f"{home}/bin/python", timeout_s=timeout_s)
    except CouldNotTell as error:
        target.host.run("true")  # raises if it is the machine that does not answer
        todo = f"run `eigenherd up` again; if that does not help, remove {home} before"
        raise CheckFailed("torch that can be imported and computes", error.found, todo) from None
    if asked["device"] == "cuda" and not measured.get("cuda_available"):
        raise CheckFailed(
            "torch computes on the planned GPU",
            f"planned cuda, found none: torch {measured.get('torch')}, built for CUDA {measured.get('cuda_build')}, "
            "sees no CUDA device",
            "run nvidia-smi on the machine; a driver that was updated needs a reboot",
        )
    return measured
