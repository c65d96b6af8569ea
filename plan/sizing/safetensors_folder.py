"""A model from a folder of safetensors, as its makers publish it: config.json, and the headers of the weights.

Headers are read by package safetensors, which checks them against the files' lengths. Names become llama.cpp's, so that
the same rules tell the rest; with a mixture's name the tensors are taken as llama.cpp would quantise them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from plan.errors import SpecError
from plan.shown import shown
from plan.sizing.known import rows
from plan.sizing.layout import windowed
from plan.sizing.quantisation import QUANTS, kind_of
from plan.sizing.shape import Model, Shape, Tensor

KINDS = {"F64": "F32", "F32": "F32", "F16": "F16", "BF16": "BF16"}
ENDS = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
PARTS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.qkv_proj": "attn_qkv",
    "post_attention_layernorm": "ffn_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp",
    "block_sparse_moe.gate": "ffn_gate_inp",
}
EXPERT = re.compile(r"(?:mlp|block_sparse_moe)\.experts\.(\d+)\.(\w+)\.weight")
OF_EXPERT = {"gate_proj": "gate", "w1": "gate", "up_proj": "up", "w3": "up", "down_proj": "down", "w2": "down"}
WHOLE = "a folder with a model's config.json and all of its *.safetensors"


def read(folder: Path, quant: str = "") -> Model:
    """quant: "" for the weights as they lie there. Raises SpecError for a folder that is no whole model."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = {**config, **config.get("text_config", {})}
        found = list(_tensors(folder))
        return _model(folder.name, config, found, quant.upper())
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        words = f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        todo = "download it whole, and compare the files' sha256"
        raise SpecError(f"{shown(str(folder))}: {WHOLE}", words, todo) from error


def _tensors(folder: Path) -> Iterator[tuple[str, tuple[int, ...], str]]:
    """Names, shapes (rows first) and types."""
    from safetensors import SafetensorError, safe_open

    index = folder / "model.safetensors.index.json"
    listed = set(json.loads(index.read_text())["weight_map"].values()) if index.exists() else set()
    files = sorted(folder.glob("*.safetensors"))
    missing = sorted(listed - {file.name for file in files})
    if missing or not files:
        raise ValueError(f"no {missing[0] if missing else '*.safetensors'}")
    for file in files:
        try:
            with safe_open(file, framework="numpy") as opened:
                for name in opened.keys():  # noqa: SIM118 (it is no mapping)
                    part = opened.get_slice(name)
                    yield name, tuple(part.get_shape()), str(part.get_dtype())
        except SafetensorError as error:
            raise ValueError(f"{file.name}: {error}") from error


def _model(name: str, config: Mapping[str, Any], found: list[tuple[str, tuple[int, ...], str]], quant: str) -> Model:
    if quant and quant not in QUANTS:
        raise ValueError(f"quantisation {quant}, which is not known")
    shape = _shape(name, config)
    named = _renamed(found)
    tied = not any(tensor.name == "output.weight" for tensor in named)
    if quant:
        named = [one._replace(kind=kind_of(one.name, one.dims, quant, shape, tied, {})) for one in named]
    kept = tuple(one for one in named if not one.name.startswith("vision."))
    kinds = {tensor.kind for tensor in kept}
    projector = sum(one.size for one in named) - sum(one.size for one in kept)
    return Model(shape, kept, quant or ("BF16" if "BF16" in kinds else sorted(kinds)[0]), projector)


def _renamed(found: list[tuple[str, tuple[int, ...], str]]) -> list[Tensor]:
    tensors, experts = [], dict[str, list[Tensor]]()
    for name, dims, dtype in found:
        if dtype not in KINDS:
            raise ValueError(f"tensor {name} of type {dtype}, which is not known here")
        tensor = Tensor(_name(name), tuple(reversed(dims)) or (1,), KINDS[dtype])
        if "_exps." in tensor.name:
            experts.setdefault(tensor.name, []).append(tensor)
        else:
            tensors.append(tensor)
    return tensors + [Tensor(name, (*one[0].dims, len(one)), one[0].kind) for name, one in experts.items()]


def _name(name: str) -> str:
    short = name.removeprefix("model.").removeprefix("language_model.").removeprefix("model.")
    if short.startswith(("vision", "visual", "multi_modal_projector")):
        return f"vision.{short}"
    if short == "lm_head.weight":
        return "output.weight"
    if short in ENDS:
        return ENDS[short]
    layer = re.fullmatch(r"layers\.(\d+)\.(.+)", short)
    if not layer:
        return short
    expert = EXPERT.fullmatch(layer[2])
    if expert and expert[2] in OF_EXPERT:
        return f"blk.{layer[1]}.ffn_{OF_EXPERT[expert[2]]}_exps.weight"
    part, _, suffix = layer[2].rpartition(".")
    return f"blk.{layer[1]}.{PARTS.get(part, part)}.{suffix}"


def _shape(name: str, config: Mapping[str, Any]) -> Shape:
    needed = ("num_hidden_layers", "hidden_size", "num_attention_heads")
    layers, hidden, heads = (int(config[key]) for key in needed)
    layout = str(config["model_type"]).replace("_text", "").replace("_", "")
    known: Mapping[str, Any] = next((row for row in rows("layouts") if row["name"].replace("-", "") == layout), {})
    kinds = config.get("layer_types") or []
    seen = tuple(kind == "sliding_attention" for kind in kinds) if kinds else windowed(layers, known.get("period", 0))
    size = int(config.get("head_dim") or hidden // heads)
    window = int(config.get("sliding_window") or 0) if any(seen) else 0
    return Shape(
        name=name,
        layout=layout,
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=(int(config.get("num_key_value_heads") or heads),) * layers,
        key_size=size,
        value_size=size,
        vocabulary=int(config["vocab_size"]),
        context=int(config["max_position_embeddings"]),
        window=window,
        windowed=seen if window else (),
        experts=int(config.get("num_experts") or config.get("num_local_experts") or 0),
        experts_used=int(config.get("num_experts_per_tok") or 0),
    )
