"""GeForce cards may not work everywhere: what the driver's licence says, and what of it can be seen from here."""

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.environment import AskedMachine
from plan.ledger import Ledger
from plan.networks import is_public


def tell_licence(machine: str, asked: AskedMachine, card: GpuRow, ledger: Ledger) -> None:
    """A warning, no refusal: whether a place is a data centre, and whose the card is, cannot be seen from here."""
    if not card.geforce:
        return
    [row] = catalog.driver_licence()
    clause = f"{row.geforce} (clause {row.clause} of its licence, which does not say what a data centre is)"
    if asked.address and is_public(asked.address):
        value = "WARNING: a GeForce at a public address"
        todo = "in a rented data centre take a workstation or data centre card; your own office is fine"
    else:
        value, todo = "a GeForce, for your own rooms", "in a rented data centre take another card"
    ledger.decide(f"machine.{machine}.gpu.licence", value, f"{clause}: {todo}", row.source)
