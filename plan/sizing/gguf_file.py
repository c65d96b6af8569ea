"""A model from its GGUF file: what it says and holds, never what it is called."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from plan.errors import SpecError
from plan.shown import shown
from plan.sizing.known import rows
from plan.sizing.layout import windowed
from plan.sizing.quantisation import BLOCKS
from plan.sizing.shape import Model, Shape, Tensor

BROKEN = (ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError)
VISION = ("v.", "mm.", "a.", "vision_")
CACHED = ("attn_k.weight", "attn_kv_a_mqa.weight")
AGAIN = "download it again and compare its sha256"
FILE_TYPES = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S"}
FILE_TYPES |= {12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K"}
FILE_TYPES |= {32: "BF16", 38: "MXFP4"}  # llama.cpp's LLAMA_FTYPE


def read(path: Path) -> Model:
    """Raises SpecError for what is no whole GGUF file of a language model."""
    from plan.sizing.gguf_header import Header

    try:
        header = Header(path)
        values, found = header.values, header.found
        if values.get("split.count", 1) > 1:
            raise _refused(path, "one part of several", "join them: llama-gguf-split --merge FIRST JOINED")
        if values["general.architecture"] == "clip":
            raise _refused(path, "a vision projector", "name the language model's file")
        return _model(path, values, found)
    except BROKEN as error:
        raise _refused(path, str(error) or type(error).__name__, AGAIN) from error


def _refused(path: Path, found: str, todo: str) -> SpecError:
    return SpecError(f"{shown(str(path))}: a whole GGUF file of a language model", found, todo)


def _model(path: Path, values: Mapping[str, Any], found: list[tuple[str, tuple[int, ...], str]]) -> Model:
    unknown = sorted({kind for _, _, kind in found} - set(BLOCKS))
    if unknown:
        _learn(unknown)
    every = [Tensor(*one) for one in found]
    text = tuple(tensor for tensor in every if not tensor.name.startswith(VISION))
    quant = FILE_TYPES.get(values.get("general.file_type", -1)) or _commonest(text)
    model = Model(_shape(path.stem, values, text), text, quant, sum(t.size for t in every) - sum(t.size for t in text))
    return replace(model, shape=_with_layers(model, values))


def _learn(kinds: list[str]) -> None:
    """Types that no mixture here has, but a file may."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    for kind in kinds:
        BLOCKS[kind] = GGML_QUANT_SIZES[GGMLQuantizationType[kind]]


def _commonest(tensors: tuple[Tensor, ...]) -> str:
    weights: dict[str, int] = {}
    for tensor in tensors:
        weights[tensor.kind] = weights.get(tensor.kind, 0) + tensor.size
    return max(weights, key=lambda kind: weights[kind])


def _shape(name: str, values: Mapping[str, Any], tensors: tuple[Tensor, ...]) -> Shape:
    layout = values["general.architecture"]

    def get(key: str, default: Any = 0) -> Any:
        return values.get(f"{layout}.{key}", default)

    layers, hidden = int(get("block_count")), int(get("embedding_length"))
    heads = _highest(get("attention.head_count", 1))
    known: Mapping[str, Any] = next((row for row in rows("layouts") if row["name"] == layout), {})
    window = int(get("attention.sliding_window") or known.get("window", 0))
    pattern = get("attention.sliding_window_pattern")
    if isinstance(pattern, list):
        seen = tuple(bool(one) for one in pattern)
    else:
        seen = windowed(layers, int(pattern or known.get("period", 0)))
    size = int(get("attention.key_length") or hidden // max(heads, 1))
    latent = any(tensor.name.endswith("attn_k_b.weight") for tensor in tensors)
    each = get("attention.head_count_kv", heads)
    embedding = next(tensor for tensor in tensors if tensor.name == "token_embd.weight")
    if layers < 1 or hidden < 1 or heads < 0:
        raise ValueError(f"says it has {layers} layers of {hidden}")
    return Shape(
        name=str(values.get("general.name") or name),
        layout=layout,
        layers=layers - int(get("nextn_predict_layers")),
        hidden=hidden,
        heads=heads,
        kv_heads=tuple(each) if isinstance(each, list) else (1 if latent else int(each),) * layers,
        key_size=size,
        value_size=0 if latent else int(get("attention.value_length") or size),
        vocabulary=int(embedding.dims[1]),
        context=int(get("context_length")),
        window=window if any(seen) else 0,
        windowed=seen if window else (),
        shared=int(get("attention.shared_kv_layers")),
        experts=int(get("expert_count")),
        experts_used=int(get("expert_used_count")),
    )


def _with_layers(model: Model, values: Mapping[str, Any]) -> Shape:
    """What the layers' tensors tell: which attend, which keep a state instead, and how large that is."""
    shape = model.shape
    recurrent, heads, state = [], list(shape.kv_heads), 0
    get = {key.removeprefix(f"{shape.layout}."): value for key, value in values.items()}
    for number in range(shape.layers):
        layer = model.layer(number)
        mixing = next((layer[name] for name in ("ssm_conv1d.weight", "shortconv.conv.weight") if name in layer), None)
        attends = "attn_output.weight" in layer and (any(name in layer for name in CACHED) or mixing is None)
        recurrent.append(mixing is not None)
        if mixing is not None:
            state = 4 * (mixing.dims[0] - 1) * mixing.dims[1]
            state += 4 * int(get.get("ssm.state_size", 0)) * int(get.get("ssm.inner_size", 0))
        if not attends:
            heads[number] = 0
        if not attends and mixing is None and not any(name.startswith("ffn_down") for name in layer):
            raise ValueError(f"has a layer {number} of a kind not known here (architecture {shape.layout})")
    return replace(shape, recurrent=tuple(recurrent) if any(recurrent) else (), kv_heads=tuple(heads), state=state)


def _highest(value: Any) -> int:
    return int(max(value)) if isinstance(value, list) else int(value)
