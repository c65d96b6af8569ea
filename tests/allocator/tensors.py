"""Each architecture's tensors with their shapes, columns first, as llama.cpp wants them."""

from collections.abc import Iterator

from tests.allocator.models import Real

GATED = "ffn_gate ffn_up ffn_down"
SPLIT = "attn_q attn_k attn_v attn_output"
BIASES = "attn_q.bias attn_k.bias attn_v.bias"
NORMS = "attn_q_norm attn_k_norm"
EXPERTS = "ffn_gate_inp ffn_gate_exps ffn_up_exps ffn_down_exps"
SHARED = "ffn_gate_shexp ffn_up_shexp ffn_down_shexp"
USUAL = f"attn_norm {SPLIT} ffn_norm {GATED}"
LAYERS = {
    "llama": USUAL,
    "mixtral": f"attn_norm {SPLIT} ffn_norm {EXPERTS}",
    "qwen2": f"{USUAL} {BIASES}",
    "gemma": USUAL,
    "gemma2": f"{USUAL} post_attention_norm post_ffw_norm",
    "gemma3": f"{USUAL} {NORMS} post_attention_norm post_ffw_norm",
    "gpt-oss": f"attn_norm {SPLIT} {BIASES} attn_output.bias attn_sinks post_attention_norm {EXPERTS}"
    " ffn_gate_inp.bias ffn_gate_exps.bias ffn_up_exps.bias ffn_down_exps.bias",
    "phi2": "attn_norm attn_norm.bias attn_qkv attn_qkv.bias attn_output attn_output.bias ffn_up ffn_up.bias"
    " ffn_down ffn_down.bias",
    "phi3": "attn_norm attn_qkv attn_output ffn_norm ffn_up:2 ffn_down",
    "qwen3": f"{USUAL} {NORMS}",
    "qwen3moe": f"attn_norm {SPLIT} {NORMS} ffn_norm {EXPERTS}",
    "starcoder2": f"attn_norm attn_norm.bias {SPLIT} {BIASES} attn_output.bias ffn_norm ffn_norm.bias ffn_up"
    " ffn_up.bias ffn_down ffn_down.bias",
    "cohere2": f"attn_norm {SPLIT} {GATED}",
    "command-r": f"attn_norm {SPLIT} {GATED}",
    "olmo2": f"{SPLIT} attn_q_norm:whole attn_k_norm:whole post_attention_norm {GATED} post_ffw_norm",
    "granite": USUAL,
    "stablelm": f"attn_norm attn_norm.bias {SPLIT} ffn_norm ffn_norm.bias {GATED}",
    "exaone4": f"{SPLIT} {NORMS} post_attention_norm {GATED} post_ffw_norm",
    "smollm3": USUAL,
    "deepseek2": "attn_norm latent attn_output ffn_norm dense-or-experts",
    "olmoe": f"attn_norm {SPLIT} attn_q_norm:whole attn_k_norm:whole ffn_norm {EXPERTS}",
    "qwen2moe": f"attn_norm {SPLIT} {BIASES} ffn_norm {EXPERTS} ffn_gate_inp_shexp {SHARED}",
    "falcon": "attn_norm attn_norm.bias attn_qkv attn_output ffn_up ffn_down",
    "internlm2": USUAL,
    "nemotron": f"attn_norm attn_norm.bias {SPLIT} ffn_norm ffn_norm.bias ffn_up ffn_down",
    "ernie4_5": USUAL,
    "seed_oss": f"attn_norm {SPLIT} {BIASES} post_attention_norm {GATED}",
    "baichuan": USUAL,
    "glm4": f"attn_norm {SPLIT} {BIASES} post_attention_norm ffn_norm ffn_up:2 ffn_down post_ffw_norm",
}
ENDS = {
    "phi2": ("output_norm.bias", "output.bias"),
    "starcoder2": ("output_norm.bias",),
    "stablelm": ("output_norm.bias",),
}
ENDS |= {"falcon": ("output_norm.bias",), "nemotron": ("output_norm.bias",)}

Named = tuple[str, tuple[int, ...]]


def tensors(real: Real) -> Iterator[Named]:
    yield "token_embd.weight", (real.hidden, real.vocabulary)
    yield "output_norm.weight", (real.hidden,)
    for name in ENDS.get(real.arch, ()):
        yield name, (real.vocabulary if name == "output.bias" else real.hidden,)
    if not real.tied:
        yield "output.weight", (real.hidden, real.vocabulary)
    for layer in range(real.layers):
        for word in LAYERS["mixtral" if real.arch == "llama" and real.experts else real.arch].split():
            for name, dims in _expanded(word, real, layer):
                yield f"blk.{layer}.{name}", dims


def _expanded(word: str, real: Real, layer: int) -> list[Named]:
    if word == "latent":
        return _latent(real)
    if word == "dense-or-experts":
        names = (EXPERTS + " " + SHARED if layer else GATED).split()
        return [(f"{name}.weight", _dims(name, "", real, layer)) for name in names]
    name, _, how = word.partition(":")
    name = name if "." in name else f"{name}.weight"
    return [(name, _dims(name.split(".")[0], how, real, layer, name.endswith(".bias")))]


def _latent(real: Real) -> list[Named]:
    low, turned, plain, value = 512, 64, 128, 128
    return [
        ("attn_q.weight", (real.hidden, real.heads * (plain + turned))),
        ("attn_kv_a_mqa.weight", (real.hidden, low + turned)),
        ("attn_kv_a_norm.weight", (low,)),
        ("attn_k_b.weight", (plain, low, real.heads)),
        ("attn_v_b.weight", (low, value, real.heads)),
    ]


def _dims(part: str, how: str, real: Real, layer: int, bias: bool = False) -> tuple[int, ...]:
    d, ff, query, kv = real.hidden, real.wide, real.heads * real.head, real.kv_heads * real.head
    one = real.keys.get("expert_feed_forward_length", ff)
    shared = real.keys.get("expert_shared_feed_forward_length", one * real.keys.get("expert_shared_count", 0))
    whole = {
        "attn_q": (d, query),
        "attn_k": (d, kv),
        "attn_v": (d, kv),
        "attn_qkv": (d, query + 2 * kv),
        "attn_output": (real.heads * 128 if real.arch == "deepseek2" else query, d),
        "ffn_gate": (d, ff),
        "ffn_up": (d, ff * (2 if how == "2" else 1)),
        "ffn_down": (ff, d),
        "ffn_gate_inp": (d, real.experts),
        "ffn_gate_exps": (d, one, real.experts),
        "ffn_up_exps": (d, one, real.experts),
        "ffn_down_exps": (one, d, real.experts),
        "ffn_gate_inp_shexp": (d,),
        "ffn_gate_shexp": (d, shared),
        "ffn_up_shexp": (d, shared),
        "ffn_down_shexp": (shared, d),
        "attn_q_norm": (query if how else real.head,),
        "attn_k_norm": (kv if how else real.head,),
        "attn_sinks": (real.heads,),
    }.get(part, (d,))
    return whole[1:] if bias and len(whole) > 1 else whole
