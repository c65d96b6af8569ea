"""The tensors of a catalogue's model: names and shapes from its numbers, types from the mixture."""

from collections.abc import Mapping, Sequence
from typing import Any

from plan.sizing.quantisation import kind_of
from plan.sizing.shape import Shape, Tensor


def tensors(shape: Shape, row: Mapping[str, Any], layout: Mapping[str, Any], quant: str) -> tuple[Tensor, ...]:
    """row: the model's in the catalogue, layout: its architecture's."""
    tied = bool(layout.get("tied") or row.get("tied"))
    overrides = row.get("overrides", {})
    names = ["token_embd", "output_norm", *layout.get("ends", ())] + ([] if tied else ["output"])
    layer = [
        (name if "." in name else _suffixed(name), dims)
        for name in layout["tensors"]
        for dims in [_dims(name, shape, row, bool(layout.get("gate_inside")))]
    ]
    every = [(_suffixed(name), _end_dims(name, shape)) for name in names]
    every += [(f"blk.{number}.{name}", dims) for number in range(shape.layers) for name, dims in layer]
    return tuple(Tensor(name, dims, kind_of(name, dims, quant, shape, tied, overrides)) for name, dims in every)


def windowed(layers: int, period: int) -> tuple[bool, ...]:
    """Of `period` layers the last sees everything; none is windowed without a period."""
    return tuple(bool(period) and layer % period < period - 1 for layer in range(layers))


def _suffixed(name: str) -> str:
    return name if "." in name or name == "attn_sinks.weight" else f"{name}.weight"


def _end_dims(name: str, shape: Shape) -> tuple[int, ...]:
    if name == "output.bias":
        return (shape.vocabulary,)
    return (shape.hidden, shape.vocabulary) if name in ("token_embd", "output") else (shape.hidden,)


def _dims(name: str, shape: Shape, row: Mapping[str, Any], gate_inside: bool) -> tuple[int, ...]:
    hidden, wide = shape.hidden, row.get("feed_forward", 0)
    query = shape.heads * shape.key_size
    key, value = shape.kv_heads[0] * shape.key_size, shape.kv_heads[0] * shape.value_size
    out = shape.heads * shape.value_size
    part, _, suffix = name.partition(".")
    if part.endswith("_exps"):
        matrix: Sequence[int] = (wide, hidden, shape.experts) if "down" in part else (hidden, wide, shape.experts)
        return tuple(matrix[1:]) if suffix == "bias" else tuple(matrix)
    rows = {
        "attn_q": (hidden, query),
        "attn_k": (hidden, key),
        "attn_v": (hidden, value),
        "attn_qkv": (hidden, query + key + value),
        "attn_output": (out, hidden),
        "ffn_gate": (hidden, wide),
        "ffn_up": (hidden, wide * (2 if gate_inside else 1)),
        "ffn_down": (wide, hidden),
        "ffn_gate_inp": (hidden, shape.experts),
    }
    if part in rows:
        return rows[part][1:] if suffix == "bias" else rows[part]
    return {"attn_q_norm": (shape.key_size,), "attn_k_norm": (shape.key_size,), "attn_sinks": (shape.heads,)}.get(
        part, (hidden,)
    )
