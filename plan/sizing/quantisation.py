"""What quantised weights weigh, and which tensors of a mixture are of which type.

Block sizes: ggml/src/ggml-common.h. Mixtures: the rules of src/llama-quant.cpp without an importance matrix. A
`Q4_K_M` file is not 4 bits throughout: the output is Q6_K, so are half of `attn_v` and `ffn_down`, norms stay F32.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plan.sizing.shape import Shape

# Elements and bytes of a block.
BLOCKS = {
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "I32": (1, 4),
    "Q4_0": (32, 18),
    "Q4_1": (32, 20),
    "Q5_0": (32, 22),
    "Q5_1": (32, 24),
    "Q8_0": (32, 34),
    "MXFP4": (32, 17),
    "Q2_K": (256, 84),
    "Q3_K": (256, 110),
    "Q4_K": (256, 144),
    "Q5_K": (256, 176),
    "Q6_K": (256, 210),
}
DEFAULTS = {
    **{kind: kind for kind in ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q6_K")},
    **{f"Q3_K_{size}": "Q3_K" for size in "SML"},
    **{f"Q{bits}_K_{size}": f"Q{bits}_K" for bits in (4, 5) for size in "SM"},
    "MXFP4": "Q8_0",
}
QUANTS = tuple(DEFAULTS)
FALLBACKS = {"Q2_K": "Q4_0", "Q3_K": "Q4_0", "Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
KEPT = ("_norm", "ffn_gate_inp", "ssm_conv1d", "shortconv.conv", "altup", "laurel", "per_layer_model_proj")
FFN_DOWN = {"ffn_down", "ffn_down_exps", "ffn_down_shexp"}
ATTN_V = {"attn_v", "attn_kv_b", "attn_v_b"}


def bytes_of(dims: tuple[int, ...], kind: str) -> int:
    elements, size = BLOCKS[kind]
    count = 1
    for number in dims:
        count *= number
    return count // elements * size


def kind_of(
    name: str, dims: tuple[int, ...], quant: str, shape: "Shape", tied: bool, overrides: Mapping[str, str]
) -> str:
    """Type of a tensor in a mixture. overrides: types that a model's makers chose for parts of its names."""
    if len(dims) < 2 or not name.endswith(".weight") or any(part in name for part in KEPT):
        return "F32"
    default = DEFAULTS[quant]
    for part, kind in overrides.items():
        if part in name:
            return kind
    if default in ("F32", "F16", "BF16"):
        return default
    kind = _mixed(name.removesuffix(".weight"), dims, quant, default, shape, tied)
    if dims[0] % BLOCKS[kind][0]:
        kind = FALLBACKS.get(kind, "F16")
    return kind if dims[0] % BLOCKS[kind][0] == 0 else "F16"


def _mixed(name: str, dims: tuple[int, ...], quant: str, default: str, shape: "Shape", tied: bool) -> str:
    if name == "output" or (tied and name == "token_embd"):
        return "Q8_0" if default == "Q8_0" or dims[0] % BLOCKS[default][0] else "Q6_K"
    if quant == "MXFP4":
        return "MXFP4" if len(dims) > 2 and dims[2] > 1 else "Q8_0"
    if not name.startswith("blk."):
        return default
    _, number, part = name.split(".", 2)
    layer, layers = int(number), shape.layers
    more = layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2
    if part in ATTN_V:
        return _value(quant, default, layer, more, shape)
    if part == "attn_k" and shape.experts == 8:
        return "Q8_0"
    if part in FFN_DOWN:
        return _down(quant, default, layer, more, layers)
    if part == "attn_output":
        if shape.experts == 8:
            return "Q5_K" if quant in ("Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M") else default
        return {"Q2_K": "Q3_K", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K"}.get(quant, default)
    if part == "attn_qkv":
        return {"Q3_K_M": "Q4_K", "Q3_K_L": "Q4_K", "Q4_K_M": "Q5_K", "Q5_K_M": "Q6_K"}.get(quant, default)
    return default


def _value(quant: str, default: str, layer: int, more: bool, shape: "Shape") -> str:
    grouped = shape.heads // max(max(shape.kv_heads), 1)
    kind = default
    if quant == "Q2_K":
        kind = "Q4_K" if grouped >= 4 else "Q3_K"
    elif quant == "Q3_K_M":
        kind = "Q5_K" if layer < 2 else "Q4_K"
    elif quant == "Q3_K_L":
        kind = "Q5_K"
    elif quant in ("Q4_K_M", "Q5_K_M") and more:
        kind = "Q6_K"
    elif quant == "Q4_K_S" and layer < 4:
        kind = "Q5_K"
    if shape.layers == 80 and grouped > 1 and kind in ("Q3_K", "Q4_K"):
        kind = "Q5_K"  # what llama.cpp takes for a 70B model
    return "Q8_0" if shape.experts == 8 else kind


def _down(quant: str, default: str, layer: int, more: bool, layers: int) -> str:
    if quant == "Q2_K":
        return "Q3_K"
    if quant == "Q3_K_M":
        return "Q5_K" if layer < layers // 16 else "Q4_K"
    if quant == "Q3_K_L":
        return "Q5_K"
    if quant in ("Q4_K_M", "Q5_K_M") and more:
        return "Q6_K"
    return "Q5_K" if quant == "Q4_K_S" and layer < layers // 8 else default
