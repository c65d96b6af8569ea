"""The size of a model: weights, KV cache, compute buffers and runtime together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from plan.sizing.cache import BATCH_TOKENS, cache_bytes, read_bytes
from plan.sizing.graph import compute_bytes
from plan.sizing.known import model_of
from plan.sizing.shape import Model
from plan.sizing.value import Device, EngineName, KvType, Size

if TYPE_CHECKING:
    from plan.catalog.rows import ModelRow

MIB = 2**20
CONTEXT = 8192  # without a wish, or the model's where that is shorter
USERS_A_SLOT = 4
# cpu: the server's process and libraries, measured with xllamacpp 2026.10.11549. cuda: a context with the code of its
# kernels, 650 MB after gpu_poor (ad2fc0e). Not yet run on hardware.
RUNTIME_MIB: Mapping[str, int] = {"cpu": 64, "cuda": 650}
# vLLM computes more tokens at once and records CUDA graphs: its defaults and reports of users, unconfirmed.
REPACKED = {"Q4_0", "Q4_K"}
VLLM_BATCH, VLLM_GRAPHS_MIB = 2048, 512


def slots_for(users: int, most: int | None = None) -> int:
    """A slot each for up to four users; of more, a quarter is served at once and the others wait briefly."""
    wanted = max(min(users, USERS_A_SLOT), -(-users // USERS_A_SLOT))
    return min(wanted, most) if most else wanted


def size(
    model: Model,
    context: int,
    users: int = 1,
    slots: int | None = None,
    kv_cache: KvType = "f16",
    engine: EngineName = "llama_cpp",
    device: Device = "cuda",
) -> Size:
    """context: tokens of one request; each slot has as many."""
    shape, slots = model.shape, slots or slots_for(users)
    embedding = next(tensor.size for tensor in model.tensors if tensor.name == "token_embd.weight")
    tied = not any(tensor.name == "output.weight" for tensor in model.tensors)
    experts = sum(tensor.size for tensor in model.tensors if "_exps." in tensor.name)
    share = shape.experts_used / shape.experts if experts and shape.experts else 1.0
    projector = model.projector if engine != "llama_cpp" else 0  # llama.cpp takes it from a file of its own
    batch = VLLM_BATCH if engine == "vllm" else BATCH_TOKENS
    return Size(
        model=shape.name,
        quant=model.quant,
        context=context,
        users=users,
        slots=slots,
        kv_cache=kv_cache,
        engine=engine,
        weights_mib=(model.weights + projector) / MIB,
        kv_cache_mib=cache_bytes(shape, context, slots, kv_cache, batch) / MIB,
        compute_mib=_compute(model, context, slots, engine, batch) / MIB,
        runtime_mib=RUNTIME_MIB[device] + (VLLM_GRAPHS_MIB if engine == "vllm" else 0),
        repacked_mib=_repacked(model, tied) / MIB if device == "cpu" else 0.0,
        layers=shape.layers,
        active_mib=(model.weights - (0 if tied else embedding) - experts * (1 - share)) / MIB,
        kv_read_mib=read_bytes(shape, context, kv_cache) / MIB,
        projector_mib=projector / MIB,
        experts_mib=experts / MIB,
        experts_share=share,
    )


def _repacked(model: Model, tied: bool) -> int:
    """The copy of weights that a CPU multiplies in another order (ggml-cpu/repack.cpp, with AVX2)."""
    apart = "" if tied else "token_embd.weight"
    return sum(tensor.size for tensor in model.tensors if tensor.kind in REPACKED and tensor.name != apart)


def _compute(model: Model, context: int, slots: int, engine: EngineName, batch: int) -> int:
    """With the buffer that holds the logits. Ollama's runner asks for those of a whole batch: unconfirmed."""
    outputs = batch if engine == "ollama" else slots
    reserved = compute_bytes(model, context, slots, outputs, batch)
    return reserved + 4 * model.shape.vocabulary * slots


def size_of(
    row: "ModelRow | Mapping[str, Any]",
    quant: str | None = None,
    context: int | None = None,
    users: int = 1,
    kv_cache: KvType = "f16",
    engine: EngineName = "ollama",
) -> Size:
    """A catalogue model. quant: the published one without it, vLLM's is BF16. context: at most the model's."""
    facts = row if isinstance(row, Mapping) else row.model_dump()
    model = model_of(facts, quant or ("BF16" if engine == "vllm" else None))
    return size(model, min(context or CONTEXT, model.shape.context), users, kv_cache=kv_cache, engine=engine)
