"""How busy a machine's cards are while its engine answers, and what Ollama says lies on them."""

import time
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, TypeAdapter, ValidationError

from plan.plan import Model
from verify.check import CouldNotTell
from verify.decode import tokens_per_s
from verify.nvidia import cards, number
from verify.target import Target

PAUSE_S = 0.2


class Loaded(BaseModel):
    """A model as Ollama's /api/ps has it; bytes."""

    name: str
    size: int
    size_vram: int


def busiest_percent(target: Target, model: Model) -> float:
    """The highest utilisation of any of this machine's cards while the model answers."""
    engines = len(target.handover.with_role("engine"))
    # The gateway chooses who answers: with several engines, enough requests at once for each to get one.
    count = 2 * engines if engines > 1 else 1
    with ThreadPoolExecutor(count) as pool:
        answers = [pool.submit(tokens_per_s, target, model) for _ in range(count)]
        seen = [utilisation_percent(target)]
        while not all(answer.done() for answer in answers):
            time.sleep(PAUSE_S)
            seen.append(utilisation_percent(target))
        for answer in answers:
            answer.result()
    return max(seen)


def utilisation_percent(target: Target) -> float:
    shares = [number(card["utilization.gpu"]) for card in cards(target.host, "index", "utilization.gpu")]
    known = [share for share in shares if share is not None]
    if not known:
        raise CouldNotTell("utilization.gpu of a card", "no number", "nvidia-smi -q -d UTILIZATION on the machine")
    return max(known)


def loaded(target: Target) -> dict[str, Loaded]:
    """What Ollama has loaded just now, by name."""
    listens = "127.0.0.1" if target.has_gateway else target.machine.private_address
    # The time makes it another question each time.
    asked = {"address": listens, "port": target.plan.engine.port, "asked": time.time()}
    measured = target.host.probe("loaded_models", asked)
    try:
        found = TypeAdapter(list[Loaded]).validate_python(measured.get("models"))
    except ValidationError:
        todo = "ask Ollama on the machine: GET /api/ps"
        raise CouldNotTell("size and size_vram of each loaded model", str(measured)[:200], todo) from None
    return {entry.name: entry for entry in found}
