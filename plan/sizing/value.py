"""What sizing says: how much memory a model takes, and which cards carry it. MiB are 2**20 bytes, never rounded up."""

from dataclasses import dataclass
from typing import Literal

KvType = Literal["f16", "q8_0", "q4_0"]
EngineName = Literal["llama_cpp", "ollama", "vllm"]
Device = Literal["cpu", "cuda"]


@dataclass(frozen=True)
class Size:
    """Memory of one loaded model, its parts in MiB.

    quant: as llama.cpp names it (Q4_K_M). context: tokens of one request; slots: requests held at once.
    weights_mib: with the vision projector, of which it is projector_mib. active_mib: of the weights, what one token
    reads (of a mixture of experts, those that are used). experts_mib: all experts; experts_share: of them, one token.
    repacked_mib: a copy that CPUs make of some types; not in total_mib, the file's pages that it replaces may go.
    kv_read_mib: of the cache, what one token of a full request reads. layers: how it can be cut over several cards.
    """

    model: str
    quant: str
    context: int
    users: int
    slots: int
    kv_cache: KvType
    engine: EngineName
    weights_mib: float
    kv_cache_mib: float
    compute_mib: float
    runtime_mib: float
    layers: int
    active_mib: float
    kv_read_mib: float
    projector_mib: float = 0.0
    repacked_mib: float = 0.0
    experts_mib: float = 0.0
    experts_share: float = 1.0

    @property
    def total_mib(self) -> float:
        """On one card."""
        return self.weights_mib + self.kv_cache_mib + self.compute_mib + self.runtime_mib


@dataclass(frozen=True)
class Fit:
    """Cards that carry a size. count: of the same card, with the layers cut over them.

    vram_mib: usable, of all of them; share: of it that is taken on the fullest, 0 to 1.
    tokens_s_user: expected for one user alone; tokens_s_all: for all slots together.
    """

    gpu: str
    count: int
    vram_mib: float
    share: float
    tokens_s_user: float
    tokens_s_all: float
