"""Fits models into memory: how long a request may be, and how many are served at once."""

from dataclasses import dataclass
from itertools import product

from plan.catalog.rows import ModelRow
from plan.environment import Environment
from plan.plan import MachinePlan
from plan.sizing import Device, EngineName, slots_for
from plan.sizing.memory import Memory, memory

SYSTEM_MIB = 1024  # system, gateway and the torch probe beside the engine
VRAM_USABLE = 0.93  # cards report 94 (ECC on GDDR6) to 99 % of the size on the box; the driver keeps a little
CONTEXTS = {"cpu": 8_192, "cuda": 32_768}
LEAST_COMFORT = 8_192
LEAST_CONTEXT = 2_048


@dataclass(frozen=True)
class Served:
    """A model as asked for, with the bytes of its files and what serves them."""

    row: ModelRow
    weights: int
    engine: EngineName


@dataclass(frozen=True)
class Fit:
    """context and slots that fit; context is at most each model's own."""

    context: int
    slots: int

    def needs(self, served: Served, device: Device, cards: int = 1) -> Memory:
        context = min(self.context, served.row.context)
        return memory(served.row, context, self.slots, device, served.weights, cards, served.engine)

    def fits(self, served: list[Served], device: Device, room: "Room", together: bool) -> bool:
        needs = [self.needs(one, device, room.cards).total_mib for one in served]
        return (sum(needs) if together else max(needs)) <= room.mib


@dataclass(frozen=True)
class Room:
    """Memory for models on a machine; with cards, on each of them."""

    mib: int
    machine: str
    cards: int = 1

    def __str__(self) -> str:
        return f"{self.mib} MiB" if self.cards == 1 else f"{self.cards} x {self.mib} MiB"


def rooms(machines: tuple[MachinePlan, ...], device: Device, share: float = 1.0) -> list[Room]:
    """Of every engine machine whose memory was declared, the smallest first. share: of a card, for the engine."""
    found = []
    for machine in machines:
        if "engine" not in machine.roles:
            continue
        if device == "cuda" and machine.gpu:
            card_mib = int(machine.gpu.vram_gib * 1024 * VRAM_USABLE * share)
            found.append(Room(card_mib, machine.name, machine.gpu.count))
        elif device == "cpu" and machine.memory_gib:
            found.append(Room(int(machine.memory_gib * 1024) - SYSTEM_MIB, machine.name))
    return sorted(found, key=lambda room: (room.mib * room.cards, room.machine))


def candidates(environment: Environment, device: Device, most_slots: int) -> list[Fit]:
    """Best first: shorter requests before fewer slots, down to a comfortable length; then shorter still."""
    wanted_slots = environment.pin.slots or slots_for(environment.users, most_slots)
    wanted = environment.pin.context or CONTEXTS[device]
    slots = [wanted_slots] if environment.pin.slots else _halves(wanted_slots, 1)
    contexts = [wanted] if environment.pin.context else _halves(wanted, LEAST_CONTEXT)
    comfortable = [context for context in contexts if context >= LEAST_COMFORT] or contexts
    short = [context for context in contexts if context not in comfortable]
    order = [*product(slots, comfortable), *product(slots[-1:], short)]
    return [Fit(context, count) for count, context in order]


def _halves(most: int, least: int) -> list[int]:
    values = [most]
    while values[-1] // 2 >= least:
        values.append(values[-1] // 2)
    return values
