"""A GGUF file with everything but the weights: the file is as long as they would be, and takes no room on the disk."""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGUFWriter, quant_shape_to_byte_shape
from gguf import GGMLQuantizationType as Kind

from tests.allocator.models import Real
from tests.allocator.tensors import Named, tensors

PLAIN = {Kind.F32: np.float32, Kind.F16: np.float16}
QUANTS = ("Q8_0", "Q4_K_M")
BETTER = ("output.weight", "attn_v.weight", "ffn_down.weight", "ffn_down_exps.weight")


def kind_of(name: str, dims: tuple[int, ...], quant: str) -> Kind:
    """Not llama.cpp's mixture, but one like it: several types in one file."""
    if len(dims) == 1 or name.endswith(".bias") or "ffn_gate_inp" in name:
        return Kind.F32
    if quant == "Q8_0" or dims[0] % 256:
        return Kind.Q8_0 if dims[0] % 32 == 0 else Kind.F16
    return Kind.Q6_K if name.endswith(BETTER) else Kind.Q4_K


def write(path: Path, real: Real, quant: str) -> int:
    """Returns the bytes of all tensors."""
    writer = GGUFWriter(path, real.arch)
    _keys(writer, real)
    return finish(writer, [(name, dims, kind_of(name, dims, quant)) for name, dims in tensors(real)])


def finish(writer: GGUFWriter, typed: list[tuple[str, tuple[int, ...], Kind]]) -> int:
    whole = padded = 0
    for name, dims, kind in typed:
        size = _size((name, dims), kind)
        shape = tuple(reversed(dims))
        shape = shape if kind in PLAIN else quant_shape_to_byte_shape(shape, kind)
        writer.add_tensor_info(name, list(shape), np.dtype(PLAIN.get(kind, np.uint8)), size, raw_dtype=kind)
        whole, padded = whole + size, padded + GGUFWriter.ggml_pad(size, 32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    [file] = writer.fout or []
    file.flush()
    file.truncate(GGUFWriter.ggml_pad(file.tell(), 32) + padded)
    writer.close()
    return whole


def _size(tensor: Named, kind: Kind) -> int:
    block, size = GGML_QUANT_SIZES[kind]
    return int(np.prod(tensor[1], dtype=np.int64)) // block * size


def _keys(writer: GGUFWriter, real: Real) -> None:
    rope = 64 if real.arch == "deepseek2" else real.head
    numbers = {
        "block_count": real.layers,
        "context_length": 131072,
        "embedding_length": real.hidden,
        "feed_forward_length": real.wide,
        "attention.head_count": real.heads,
        "attention.head_count_kv": real.kv_heads,
        "attention.key_length": real.head,
        "attention.value_length": 512 if real.arch == "deepseek2" else real.head,
        "rope.dimension_count": rope,
        "vocab_size": real.vocabulary,
        **({"expert_count": real.experts, "expert_used_count": real.used} if real.experts else {}),
        "attention.layer_norm_rms_epsilon": 1e-5,
        "attention.layer_norm_epsilon": 1e-5,
        **real.keys,
    }
    for key, value in numbers.items():
        name = f"{real.arch}.{key}"
        if isinstance(value, bool):
            writer.add_bool(name, value)
        elif isinstance(value, float):
            writer.add_float32(name, value)
        elif value:
            writer.add_uint32(name, value)
    words = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % byte for byte in range(256))]
    words += [b"w%d" % number for number in range(real.vocabulary - len(words))]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words)
    writer.add_token_scores([0.0] * len(words))
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (real.vocabulary - 259))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
