"""How a model is spread over the cards of a machine, and where it can't be."""

from plan.catalog.rows import EngineRow, ModelRow
from plan.derive.capacity import Served
from plan.errors import PlanError
from plan.ledger import Ledger
from plan.plan import MachinePlan

HOW = {
    "layers": "each card has some of the layers, one card works at a time",
    "tensors": "tensor parallelism: each card has a share of every layer, all work at once",
}


def explain_cards(machines: tuple[MachinePlan, ...], engine: EngineRow, served: list[Served], ledger: Ledger) -> None:
    """Nothing of it is left to what the engine would do by itself."""
    cards = {machine.name: machine.gpu for machine in machines if machine.gpu and "engine" in machine.roles}
    if cards and engine.memory_share:
        share = f"{engine.memory_share:.0%} of each card's memory"
        ledger.decide(
            "engine.memory_share", share, "for weights, KV cache and buffers; the checks need the rest", engine.source
        )
    for name, gpu in cards.items():
        if gpu.count > 1:
            ledger.decide(
                f"machine.{name}.spread", f"by {engine.split} over {gpu.count} cards", HOW[engine.split], engine.source
            )
        if engine.split == "tensors":
            for one in served:
                _refuse_heads(one.row, gpu.count, ledger)


def _refuse_heads(row: ModelRow, count: int, ledger: Ledger) -> None:
    """A head of the KV cache lies on one card: copies of it on several are not planned."""
    if row.kv_heads % count == 0:
        return
    fits = max(number for number in range(1, count) if row.kv_heads % number == 0)
    ledger.refuse(
        PlanError(
            f"{row.name} over {count} cards by tensor parallelism",
            f"{row.kv_heads} key and value heads, which {count} does not divide",
            f"nearest is `gpus: {fits}`; or leave `pin.engine` out: ollama spreads by layers",
        )
    )
