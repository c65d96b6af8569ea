"""Whether the owner of an environment may run a model, by its licence; if not, which ones he may."""

from plan import catalog
from plan.catalog.rows import ModelRow
from plan.environment import Owner
from plan.errors import PlanError
from plan.ledger import Ledger

NEAREST = 4
WHO = {"company": "a company in the EU", "person": "a person in the EU"}


def may_run(row: ModelRow, owner: Owner) -> bool:
    licence = catalog.licence(row.licence)
    return licence.eu and (licence.company or owner == "person")


def judge_licence(row: ModelRow, owner: Owner, ledger: Ledger) -> None:
    """Says what the licence allows; refuses where it does not allow this owner."""
    licence = catalog.licence(row.licence)
    key, doubt = f"model.{row.name}.licence", "" if licence.confirmed else " (unconfirmed)"
    ledger.decide(key, licence.name, f"{licence.terms}{doubt}", f"{licence.source}, {licence.date}")
    if may_run(row, owner):
        return
    whom = "anybody in the EU" if not licence.eu else "a company"
    ledger.refuse(
        PlanError(
            f"models that {WHO[owner]} may run, as `owner` says",
            f"`{row.name}`: {licence.name} is not granted to {whom} ({licence.terms})",
            _todo(row, owner, licence.eu),
        )
    )


def _todo(row: ModelRow, owner: Owner, eu: bool) -> str:
    allowed = [other for other in catalog.models() if may_run(other, owner)]
    near = sorted(allowed, key=lambda other: abs(other.size - row.size))[:NEAREST]
    todo = f"nearest by size he may run {', '.join(f'`{other.name}`' for other in near)}; all licences: docs/catalog.md"
    return todo + ("; or, where it is not for a business, write `owner: person`" if eu else "")
