"""What the cards did while something copied and computed: one measurement, judged by several checks.

Two probes run at the same time: the load, and a sampler that only watches. A link trains down and clocks fall
when a card is idle, so only samples of busy cards count.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import BaseModel, ValidationError

from verify.boards import NAMED
from verify.check import Check, CouldNotTell, Question, Severity, check
from verify.nvidia import Card, number
from verify.target import Target

LOAD_S = 20
SAMPLING_S = 35  # the load needs a while until it starts
BUSY_PERCENT = 50


def load_check(*, severity: Severity, source: str) -> Callable[[Question], Check]:
    """A check of what the cards do under this load; see verify.check.check."""
    return check(
        stage="full",
        part=("driver", "engine"),
        severity=severity,
        subject="engine",
        disturbs="machine",
        gpu=True,
        silicon=True,
        needs=("gpu_answers",),
        timeout_s=200,
        source=source,
    )


class Counters(BaseModel):
    """A card's PCIe errors: replays as nvidia-smi counts them, and the kernel's AER counters."""

    replays: str
    aer_correctable: str
    aer_fatal: str
    aer_nonfatal: str


class Samples(BaseModel):
    """What `probes/gpu_sampler.py` printed. unknown: fields that this driver does not have."""

    samples: list[list[Card]]
    before: dict[str, Counters]
    after: dict[str, Counters]
    unknown: list[str]
    errors: list[str]
    duration_s: float

    def cards(self) -> list[Card]:
        """Each card as it was first seen."""
        seen: dict[str, Card] = {}
        for sample in self.samples:
            for card in sample:
                seen.setdefault(card["index"], card)
        return list(seen.values())

    def busy(self, card: Card) -> list[Card]:
        """The samples in which this card computed."""
        rows = [row for sample in self.samples for row in sample if row["index"] == card["index"]]
        busy = [row for row in rows if (number(row["utilization.gpu"]) or 0) >= BUSY_PERCENT]
        if not busy:
            raise CouldNotTell(
                f"samples of card {card['index']} under load",
                f"{len(rows)} samples, none with {BUSY_PERCENT} % utilisation",
                "run `eigenherd verify` again while nobody else uses the card",
            )
        return busy


def under_load(target: Target) -> Samples:
    """Sample while a load runs; both are measured once for all checks that judge them."""
    home = f"/opt/eigenherd/{target.plan.torch.name}"
    with ThreadPoolExecutor(1) as pool:
        load = pool.submit(
            target.host.probe, "copy_load", {"duration_s": LOAD_S}, python=f"{home}/bin/python", timeout_s=120
        )
        measured = target.host.probe("gpu_sampler", {"duration_s": SAMPLING_S, "interval_s": 0.5}, timeout_s=120)
        rounds = load.result().get("rounds")
    if not rounds:
        raise CouldNotTell("a load on every card", "torch sees no card", "run nvidia-smi; see the check torch_cuda")
    return parsed(measured)


def parsed(measured: dict[str, Any]) -> Samples:
    try:
        found = Samples.model_validate(measured)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
        raise CouldNotTell("complete samples", f"wrong fields: {fields}", "run the probe by hand") from None
    rows = [card for sample in found.samples for card in sample]
    if not rows or any({*NAMED, "utilization.gpu"} - set(card) for card in rows):
        said = "; ".join(found.errors[:3])
        raise CouldNotTell("a sample of each card", said or "none", "run nvidia-smi on the machine")
    return found
