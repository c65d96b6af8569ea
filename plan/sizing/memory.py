"""What a planned model takes on a machine: the size of what is served, on the fullest of its cards. All in MiB."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plan.sizing.known import model_of, row_of
from plan.sizing.shape import Model
from plan.sizing.size import MIB, size
from plan.sizing.value import Device, EngineName, Size

if TYPE_CHECKING:
    from plan.catalog.rows import ModelRow

KV_TYPE = "f16"  # what engines are told
KV_ELEMENT_BYTES = 2


@dataclass(frozen=True)
class Memory:
    """What one loaded model takes; of several cards, on the fullest."""

    weights_mib: int
    kv_mib: int
    compute_mib: int
    runtime_mib: int
    cards: int = 1

    @property
    def total_mib(self) -> int:
        return self.weights_mib + self.kv_mib + self.compute_mib + self.runtime_mib

    def __str__(self) -> str:
        return (
            f"{self.total_mib} MiB = weights {self.weights_mib} + KV cache {self.kv_mib}"
            f" + compute {self.compute_mib} + runtime {self.runtime_mib}"
            + (f", on each of {self.cards} cards" if self.cards > 1 else "")
        )


def memory(
    row: "ModelRow",
    context: int,
    slots: int,
    device: Device,
    weights: int | None = None,
    cards: int = 1,
    engine: EngineName | None = None,
) -> Memory:
    """weights: bytes of the files that are really served; those of the published ones without it.

    cards: that share them. engine: llama.cpp on a CPU, Ollama on cards, where it is not said.
    """
    server = engine or ("llama_cpp" if device == "cpu" else "ollama")
    needed = _size(row.name, context, slots, server, device)
    share = -(-row.layers // cards) / row.layers  # whole layers: the fullest card has one more than its part
    served = weights / MIB if weights else needed.weights_mib
    return Memory(
        weights_mib=round(served * share),
        kv_mib=round(needed.kv_cache_mib * share),
        compute_mib=round(needed.compute_mib),
        runtime_mib=round(needed.runtime_mib),
        cards=cards,
    )


@lru_cache(maxsize=256)
def _model(name: str, quant: str | None) -> Model:
    return model_of(row_of(name), quant)


@lru_cache(maxsize=1024)
def _size(name: str, context: int, slots: int, engine: EngineName, device: Device) -> Size:
    model = _model(name, "BF16" if engine == "vllm" else None)
    return size(model, context, slots=slots, engine=engine, device=device)
