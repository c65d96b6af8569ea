"""Whether a model's heads can be dealt out over a machine's cards: each card computes its part of every layer."""

from plan.catalog.rows import ModelRow
from plan.errors import PlanError
from plan.ledger import Ledger
from plan.plan import MachinePlan


def refuse_split(row: ModelRow, machines: tuple[MachinePlan, ...], ledger: Ledger) -> None:
    """By key and value heads: where these divide, so do the others, which are a multiple of them."""
    for machine in machines:
        count = machine.gpu.count if machine.gpu and "engine" in machine.roles else 1
        if row.kv_heads % count:
            able = max(number for number in range(1, count) if row.kv_heads % number == 0)
            ledger.refuse(
                PlanError(
                    f"heads of {row.name} that {count} cards of machine {machine.name} share evenly",
                    f"{row.kv_heads} heads for keys and values",
                    f"nearest is `gpus: {able}`; ollama splits by layers, over any number",
                )
            )
