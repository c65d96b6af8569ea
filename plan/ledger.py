"""Keeps the choices made on the way to a plan, and what stands against it."""

from dataclasses import dataclass, field

from plan.errors import EigenherdError
from plan.plan import Decision


@dataclass
class Ledger:
    """decide() notes a choice and its reason; refuse() notes why there can be no plan, and goes on."""

    decisions: list[Decision] = field(default_factory=list)
    refusals: list[EigenherdError] = field(default_factory=list)

    def decide(self, key: str, value: object, reason: str, source: str = "") -> None:
        self.decisions.append(Decision(key=key, value=str(value), reason=reason, source=source))

    def refuse(self, refusal: EigenherdError) -> None:
        self.refusals.append(refusal)
