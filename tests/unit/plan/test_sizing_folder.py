"""A folder of safetensors is read: its configuration and the headers of its weights."""

import json
from pathlib import Path

import pytest

from plan.errors import SpecError
from plan.sizing import size
from plan.sizing.known import model_of, row_of
from plan.sizing.safetensors_folder import read

NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj"}
NAMES |= {"attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm"}
NAMES |= {"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
ENDS = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def folder_of(name: str, where: Path) -> Path:
    """A catalogue model as its makers would publish it; the weights' files are holes."""
    row = row_of(name)
    header, offset = {}, 0
    for tensor in model_of(row, "BF16").tensors:
        part, _, suffix = tensor.name.rpartition(".")
        layer = part.split(".")
        theirs = f"model.layers.{layer[1]}.{NAMES[layer[2]]}" if layer[0] == "blk" else ENDS[part]
        length = 2
        for number in tensor.dims:
            length *= number
        header[f"{theirs}.{suffix}"] = {
            "dtype": "BF16",
            "shape": list(reversed(tensor.dims)),
            "data_offsets": [offset, offset + length],
        }
        offset += length
    text = json.dumps(header).encode()
    where.mkdir()
    with (where / "model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + offset)
    config = {
        "model_type": row["layout"],
        "num_hidden_layers": row["layers"],
        "hidden_size": row["hidden"],
        "num_attention_heads": row["heads"],
        "num_key_value_heads": row["kv_heads"],
        "head_dim": row["head_size"],
        "vocab_size": row["vocabulary"],
        "max_position_embeddings": row["context"],
    }
    (where / "config.json").write_text(json.dumps(config))
    return where


@pytest.mark.parametrize("name", ["llama3.2:1b", "smollm2:135m", "mistral:7b"])
def test_what_lies_there_is_what_the_catalogue_knows(name: str, tmp_path: Path) -> None:
    found, known = size(read(folder_of(name, tmp_path / "model")), 2048), size(model_of(row_of(name), "BF16"), 2048)
    # The makers' norms are of two bytes, llama.cpp's of four.
    assert found.weights_mib == pytest.approx(known.weights_mib, abs=1.1)
    assert found.quant == "BF16"
    for part in ("kv_cache_mib", "compute_mib", "layers", "kv_read_mib"):
        assert getattr(found, part) == getattr(known, part)


def test_as_llama_cpp_would_quantise_it(tmp_path: Path) -> None:
    found = read(folder_of("llama3.2:1b", tmp_path / "model"), "q4_k_m")
    assert found.quant == "Q4_K_M" and found.weights == model_of(row_of("llama3.2:1b"), "Q4_K_M").weights


def test_what_is_not_whole_is_refused(tmp_path: Path) -> None:
    folder = folder_of("smollm2:135m", tmp_path / "model")
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size - 1)
    with pytest.raises(SpecError, match=r"model\.safetensors"):
        read(folder)
    weights.unlink()
    with pytest.raises(SpecError, match=r"no \*\.safetensors"):
        read(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(SpecError, match=r"config\.json"):
        read(folder)
