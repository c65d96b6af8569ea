"""Fits models into memory: how long a request may be, and how many are served at once."""

from dataclasses import dataclass
from itertools import product

from plan.catalog.rows import EngineRow, ModelRow, Split
from plan.environment import Environment
from plan.plan import MachinePlan
from plan.sizing import Device, Memory, memory

SYSTEM_MIB = 1024  # system, gateway and the torch probe beside the engine
VRAM_REPORTED = 0.94  # cards report 94 (ECC on GDDR6) to 99 % of the size on the box
VRAM_USABLE = 0.93  # of that size: the driver keeps a little
CONTEXTS = {"cpu": 8_192, "cuda": 32_768}
LEAST_COMFORT = 8_192
LEAST_CONTEXT = 2_048


@dataclass(frozen=True)
class Served:
    """A model as asked for, with the bytes of its file."""

    row: ModelRow
    weights: int


@dataclass(frozen=True)
class Room:
    """Memory for models on one machine, on each of its cards where it has some, over which a model is split."""

    mib: int
    machine: str
    device: Device
    cards: int = 1
    split: Split = "layers"

    def __str__(self) -> str:
        what = "memory" if self.device == "cpu" else "VRAM"
        each = "" if self.cards == 1 else f" on each of {self.cards} cards"
        return f"{self.mib} MiB of {what}{each} for models on machine {self.machine}"


@dataclass(frozen=True)
class Fit:
    """context and slots that fit; context is at most each model's own."""

    context: int
    slots: int

    def needs(self, served: Served, room: Room) -> Memory:
        context = min(self.context, served.row.context)
        return memory(served.row, context, self.slots, room.device, served.weights, room.cards, room.split)

    def left_mib(self, served: list[Served], room: Room, together: bool) -> int:
        """What stays free with all models loaded, or with the largest one alone."""
        needs = [self.needs(one, room).total_mib for one in served]
        return room.mib - (sum(needs) if together else max(needs))


def rooms(machines: tuple[MachinePlan, ...], device: Device, engine: EngineRow) -> list[Room]:
    """Of every engine machine whose memory was declared."""
    found = []
    usable = VRAM_REPORTED * engine.memory_share if engine.memory_share else VRAM_USABLE
    for machine in machines:
        if "engine" not in machine.roles:
            continue
        if device == "cuda" and machine.gpu:
            each_mib = int(machine.gpu.vram_gib * 1024 * usable)
            found.append(Room(each_mib, machine.name, device, machine.gpu.count, engine.split))
        elif device == "cpu" and machine.memory_gib:
            found.append(Room(int(machine.memory_gib * 1024) - SYSTEM_MIB, machine.name, device))
    return found


def slots_for(users: int, most: int) -> int:
    """A slot each for up to four users; of more, a quarter is served at once and the others wait briefly."""
    return min(most, max(min(users, 4), -(-users // 4)))


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
