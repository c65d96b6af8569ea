"""How much memory a model needs: weights, KV cache, compute buffer, runtime. All results in MiB.

Of several cards it is what the fullest one takes: layers and cache are split over them, each has a runtime and
buffers of its own. KV bytes a token and layer = 2 (key, value) x kv_heads x head_size x 2 (f16). A sliding-window
layer keeps its window and the batch being computed, whatever the context.
"""

from dataclasses import dataclass
from typing import Literal

from plan.catalog.rows import ModelRow

Device = Literal["cpu", "cuda"]
MIB = 2**20
KV_TYPE = "f16"  # what engines are told
KV_ELEMENT_BYTES = 2
BATCH_TOKENS = 512  # llama.cpp's physical batch (n_ubatch), also inside Ollama
RUNTIME_MIB = {"cpu": 64, "cuda": 650}  # cpu: process and libraries, measured; cuda: its context, after gpu_poor


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


def kv_bytes_per_token(row: ModelRow) -> int:
    """As if every layer saw the whole context."""
    return 2 * row.layers * row.kv_heads * row.head_size * KV_ELEMENT_BYTES


def kv_mib(row: ModelRow, context: int, slots: int = 1, batch: int = BATCH_TOKENS) -> float:
    """KV cache of all slots, each with its own context."""
    per_layer = kv_bytes_per_token(row) // row.layers
    whole = row.layers if not row.window else row.global_layers or 0
    seen = min(context, row.window + batch)
    return per_layer * slots * (whole * context + (row.layers - whole) * seen) / MIB


def memory(
    row: ModelRow,
    context: int,
    slots: int,
    device: Device,
    weights: int | None = None,
    cards: int = 1,
) -> Memory:
    """weights: bytes of the file that is really served; the published size without it. cards: that share them."""
    share = -(-row.layers // cards) / row.layers  # whole layers: the fullest card has one more than its part
    logits = BATCH_TOKENS * row.vocabulary * 4
    activations = BATCH_TOKENS * row.hidden * 4 * 8
    return Memory(
        weights_mib=round((weights or row.size) * share / MIB),
        kv_mib=round(kv_mib(row, context, slots) * share),
        compute_mib=round((logits + activations) / MIB),
        runtime_mib=RUNTIME_MIB[device],
        cards=cards,
    )
