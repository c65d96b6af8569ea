"""Notes what was chosen about drivers: once where it is the same on every system, else by system."""

from dataclasses import replace

from plan import catalog
from plan.derive.driver.answer import answer
from plan.derive.driver.branches import supported
from plan.derive.driver.explain import decisions, sourced
from plan.derive.driver.question import Question
from plan.driver import DriverChoice, Refusal, System
from plan.ledger import Ledger
from plan.plan import Decision


def tell_least_branch(question: Question, ledger: Ledger) -> None:
    """What a driver that is there already must at least be."""
    family = int((question.cuda or "0").split(".")[0])
    first = max(catalog.architecture(card.architecture).first_branch for card in question.cards)
    able = [row for row in supported() if row.cuda >= family and row.branch >= first]
    if not able:
        return
    ledger.decide(
        "driver",
        f"{question.branch or able[0].branch} or newer",
        f"CUDA {family} needs it; supported until {able[0].end_of_life}. A driver that is there and"
        " suffices is adopted; else the one below is installed",
        sourced(able[0]),
    )


def tell(machine: str, question: Question, made: tuple[DriverChoice, ...], ledger: Ledger) -> None:
    """The choices of one machine; a refusal of the plan where there is none on any system."""
    where = f"machine.{machine}.driver"
    refused: dict[Refusal, list[DriverChoice]] = {}
    for choice in made:
        if choice.refusal:
            refused.setdefault(choice.refusal, []).append(choice)
    if not any(choice.driver for choice in made):
        for refusal in refused:
            ledger.refuse(refusal.error())
        return
    able = [choice.system for choice in made if choice.driver and "unknown" in choice.secure_boot]
    for decision, systems in _grouped(question, able).items():
        key = f"{where}.{decision.key}" + (f" on {', '.join(systems)}" if systems != able else "")
        ledger.decisions.append(decision.model_copy(update={"key": key}))
    for refusal, choices in refused.items():
        boot = " with Secure Boot on" if choices[0].secure_boot == ("on",) else ""
        on = ", ".join(choice.system for choice in choices)
        ledger.decide(f"{where} on {on}{boot}", "refused", f"{refusal.found}; {refusal.todo}")


def _grouped(question: Question, systems: list[System]) -> dict[Decision, list[System]]:
    """Each decision with the systems it is the same on, those of one key together."""
    found: dict[Decision, list[System]] = {}
    for system in systems:
        asked = replace(question, system=system, secure_boot="unknown")
        for decision in decisions(asked, answer(asked)):
            found.setdefault(decision, []).append(system)
    keys = list(dict.fromkeys(decision.key for decision in found))
    return dict(sorted(found.items(), key=lambda item: keys.index(item[0].key)))
