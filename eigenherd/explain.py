"""`eigenherd explain`: each choice with its reason; needs no machine and changes nothing."""

from rich.console import Console

from eigenherd import environments
from plan import derive
from plan.ledger import Ledger


def explain(name: str, console: Console) -> int:
    """Print the decisions, and why there can be no plan where there can't; 2 then, else 0."""
    ledger = Ledger()
    derive.choose(environments.environment_of(name), name, ledger)
    for decision in ledger.decisions:
        source = f" [{decision.source}]" if decision.source else ""
        console.print(f"[bold]{decision.key}[/bold]: {decision.value}")
        console.print(f"    {decision.reason}{source}", style="dim", markup=False)
    for refusal in ledger.refusals:
        console.print(str(refusal), style="red", markup=False)
    return 2 if ledger.refusals else 0
