"""`eigenherd explain`: the plan's decisions as a table; needs no machine and changes nothing."""

from rich.console import Console
from rich.table import Table

from eigenherd import environments


def explain(name: str, console: Console) -> None:
    plan = environments.plan_of(name)
    table = Table("choice", "value", "reason", "source", box=None, pad_edge=False)
    for decision in plan.decisions:
        table.add_row(decision.key, decision.value, decision.reason, decision.source)
    console.print(table)
