"""The KV cache: what llama.cpp keeps of past tokens for each slot (src/llama-kv-cache*, src/llama-memory-recurrent*).

A layer keeps keys and values of kv_heads x head size for every cell. A slot has as many cells as its context, rounded
up to 256; a layer with a window has its window and one batch. Recurrent layers keep a state of fixed size instead.
"""

from dataclasses import dataclass

from plan.sizing.quantisation import BLOCKS
from plan.sizing.shape import Shape
from plan.sizing.value import KvType

CELLS = 256  # llama.cpp rounds up to these
BATCH_TOKENS = 512  # n_ubatch, tokens computed at once


@dataclass(frozen=True)
class Cells:
    """Of one slot, in layers that see everything and in those with a window."""

    whole: int
    windowed: int


def cells(shape: Shape, context: int, batch: int = BATCH_TOKENS) -> Cells:
    whole = _rounded(context)
    return Cells(whole, _rounded(min(whole, shape.window + batch)) if shape.window else whole)


def cache_bytes(shape: Shape, context: int, slots: int, kv: KvType = "f16", batch: int = BATCH_TOKENS) -> int:
    """Of all slots."""
    each = cells(shape, context, batch)
    total = 0
    for layer in range(shape.layers):
        if shape.is_recurrent(layer):
            total += shape.state
        if layer >= shape.layers - shape.shared:
            continue
        count = each.windowed if shape.is_windowed(layer) else each.whole
        total += count * cell_bytes(shape, layer, kv)
    return total * slots


def cell_bytes(shape: Shape, layer: int, kv: KvType) -> int:
    """Keys and values of one token in one layer."""
    heads = shape.kv_heads[layer]
    return _row(heads * shape.key_size, kv) + _row(heads * shape.value_size, kv)


def read_bytes(shape: Shape, context: int, kv: KvType = "f16") -> int:
    """What a request of full length reads for one more token: of a windowed layer, its window."""
    total = 0
    for layer in range(shape.layers):
        seen = min(context, shape.window) if shape.is_windowed(layer) else context
        total += seen * cell_bytes(shape, layer, kv) + (shape.state if shape.is_recurrent(layer) else 0)
    return total


def _row(elements: int, kv: KvType) -> int:
    block, size = BLOCKS[kv.upper()]
    return -(-elements // block) * size


def _rounded(count: int) -> int:
    return -(-count // CELLS) * CELLS
