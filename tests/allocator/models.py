"""Real models by their published configurations, in two sets kept apart by architecture.

FITTED: what the formulas were made with. HELD_OUT: architectures that nobody looked at while making them.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Real:
    """As config.json has it. wide: feed-forward, of one expert where there are experts. keys: more of the file's."""

    name: str
    arch: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head: int
    wide: int
    vocabulary: int
    experts: int = 0
    used: int = 0
    tied: bool = False
    keys: dict[str, Any] = field(default_factory=dict)


FITTED = [
    Real("Llama 3.1 8B", "llama", 32, 4096, 32, 8, 128, 14336, 128256),
    Real("Llama 2 13B", "llama", 40, 5120, 40, 40, 128, 13824, 32000),
    Real("Llama 3.2 3B", "llama", 28, 3072, 24, 8, 128, 8192, 128256, tied=True),
    Real("Mixtral 8x7B", "llama", 32, 4096, 32, 8, 128, 14336, 32000, experts=8, used=2),
    Real("Qwen2.5 7B", "qwen2", 28, 3584, 28, 4, 128, 18944, 152064),
    Real("Qwen2.5 32B", "qwen2", 64, 5120, 40, 8, 128, 27648, 152064),
    Real(
        "Gemma 3 12B", "gemma3", 48, 3840, 16, 8, 256, 15360, 262208, tied=True, keys={"attention.sliding_window": 1024}
    ),
    Real(
        "gpt-oss 20B",
        "gpt-oss",
        24,
        2880,
        64,
        8,
        64,
        2880,
        201088,
        32,
        4,
        keys={"attention.sliding_window": 128, "expert_feed_forward_length": 2880},
    ),
    Real("Phi-2", "phi2", 32, 2560, 32, 32, 80, 10240, 51200),
    Real(
        "Qwen3 30B A3B", "qwen3moe", 48, 2048, 32, 4, 128, 768, 151936, 128, 8, keys={"expert_feed_forward_length": 768}
    ),
]
LATENT = {
    "attention.q_lora_rank": 0,
    "attention.kv_lora_rank": 512,
    "attention.key_length_mla": 192,
    "attention.value_length_mla": 128,
    "leading_dense_block_count": 1,
    "expert_shared_count": 2,
    "expert_weights_scale": 1.0,
    "expert_feed_forward_length": 1408,
}
GRANITE = {"attention.scale": 0.0078, "embedding_scale": 12.0, "residual_scale": 0.22, "logit_scale": 16.0}
HELD_OUT = [
    Real("Qwen3 0.6B", "qwen3", 28, 1024, 16, 8, 128, 3072, 151936, tied=True),
    Real("Qwen3 8B", "qwen3", 36, 4096, 32, 8, 128, 12288, 151936),
    Real("Gemma 2B", "gemma", 18, 2048, 8, 1, 256, 16384, 256000, tied=True),
    Real("Gemma 7B", "gemma", 28, 3072, 16, 16, 256, 24576, 256000, tied=True),
    Real("Gemma 2 2B", "gemma2", 26, 2304, 8, 4, 256, 9216, 256000, tied=True, keys={"attention.sliding_window": 4096}),
    Real(
        "Gemma 2 9B", "gemma2", 42, 3584, 16, 8, 256, 14336, 256000, tied=True, keys={"attention.sliding_window": 4096}
    ),
    Real("Phi-3 mini", "phi3", 32, 3072, 32, 32, 96, 8192, 32064),
    Real("Phi-4", "phi3", 40, 5120, 40, 10, 128, 17920, 100352),
    Real("StarCoder2 3B", "starcoder2", 30, 3072, 24, 2, 128, 12288, 49152, tied=True),
    Real(
        "Command R7B",
        "cohere2",
        32,
        4096,
        32,
        8,
        128,
        14336,
        256000,
        tied=True,
        keys={"attention.sliding_window": 4096, "logit_scale": 0.25},
    ),
    Real("Aya 8B", "command-r", 32, 4096, 32, 8, 128, 14336, 256000, tied=True, keys={"logit_scale": 0.0625}),
    Real("OLMo 2 7B", "olmo2", 32, 4096, 32, 32, 128, 11008, 100352),
    Real("Granite 3.1 8B", "granite", 40, 4096, 32, 8, 128, 12800, 49155, tied=True, keys=GRANITE),
    Real("StableLM 2 1.6B", "stablelm", 24, 2048, 32, 32, 64, 5632, 100352, keys={"use_parallel_residual": False}),
    Real("EXAONE 4.0 1.2B", "exaone4", 30, 2048, 32, 8, 64, 4096, 102400, tied=True),
    Real("SmolLM3 3B", "smollm3", 36, 2048, 16, 4, 128, 11008, 128256, tied=True),
    Real("DeepSeek V2 Lite", "deepseek2", 27, 2048, 16, 1, 576, 10944, 102400, 64, 6, keys=LATENT),
    Real("OLMoE 1B 7B", "olmoe", 16, 2048, 16, 16, 128, 1024, 50304, 64, 8),
    Real(
        "Qwen1.5 MoE A2.7B",
        "qwen2moe",
        24,
        2048,
        16,
        16,
        128,
        1408,
        151936,
        60,
        4,
        keys={"expert_shared_feed_forward_length": 5632, "expert_feed_forward_length": 1408},
    ),
    Real("Falcon 7B", "falcon", 32, 4544, 71, 1, 64, 18176, 65024),
    Real("InternLM2 7B", "internlm2", 32, 4096, 32, 8, 128, 14336, 92544),
    Real("Minitron 4B", "nemotron", 32, 3072, 24, 8, 128, 9216, 256000),
    Real("ERNIE 4.5 0.3B", "ernie4_5", 18, 1024, 16, 2, 128, 3072, 103424, tied=True),
    Real("Seed-OSS 36B", "seed_oss", 64, 5120, 80, 8, 128, 27648, 155136),
    Real("Baichuan2 7B", "baichuan", 32, 4096, 32, 32, 128, 11008, 125696),
    Real("GLM-4 9B", "glm4", 40, 4096, 32, 2, 128, 13696, 151552),
]
