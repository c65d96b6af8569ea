"""The size of a model: its parts together."""

from typing import TYPE_CHECKING

from plan.sizing.memory import MIB, kv_mib, memory
from plan.sizing.value import EngineName, KvType, Size

if TYPE_CHECKING:
    from plan.catalog.rows import ModelRow

PUBLISHED = "Q4_K_M"


def size_of(
    row: "ModelRow",
    quant: str | None = None,
    context: int | None = None,
    users: int = 1,
    kv_cache: KvType = "f16",
    engine: EngineName = "ollama",
) -> Size:
    """A catalogue model. quant: the published one without it; context: 8192 without it, at most the model's."""
    context = min(context or 8192, row.context)
    slots = max(min(users, 4), -(-users // 4))
    needs = memory(row, context, slots, "cuda")
    share = (row.active_parameters or row.parameters) / row.parameters
    return Size(
        model=row.name,
        quant=quant or PUBLISHED,
        context=context,
        users=users,
        slots=slots,
        kv_cache=kv_cache,
        engine=engine,
        weights_mib=needs.weights_mib,
        kv_cache_mib=needs.kv_mib,
        compute_mib=needs.compute_mib,
        runtime_mib=needs.runtime_mib,
        layers=row.layers,
        active_mib=row.size / MIB * share,
        kv_read_mib=kv_mib(row, context, batch=0),
        experts_mib=row.size / MIB if row.active_parameters else 0.0,
        experts_share=share,
    )
