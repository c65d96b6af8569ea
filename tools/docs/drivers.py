"""Which driver every card gets on every system, and what is refused; asked of the plan itself."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.derive.driver.answer import answer
from plan.derive.driver.choices import SYSTEMS, outcome
from plan.derive.driver.question import Question
from plan.driver import Driver, DriverSource, Refusal, SecureBoot
from plan.errors import PlanError
from tools.docs.catalog import source
from tools.docs.markdown import document, table

TITLES = {row.name: row.title for row in catalog.driver_packages()}
USUAL, OLD = catalog.gpu("RTX 4090"), catalog.gpu("V100 SXM2 32 GB")
BOOT: dict[SecureBoot, str] = {
    "off": "Secure Boot off",
    "enrolled": "on, key of DKMS enrolled",
    "on": "on, no key enrolled",
    "unknown": "not known",
}


def page() -> str:
    return document(
        "Drivers",
        "Which NVIDIA driver Eigenherd plans, asked of `plan/derive/driver` for every card of the catalogue on every "
        "system, with the newest CUDA the card computes with. Nothing on this page was run on a GPU; what its data "
        "rest on, and what of it is unconfirmed, is at the end. A driver that is there and new enough is adopted. "
        "`eigenherd explain NAME` shows the same for an environment. A build of torch is planned only where there "
        "is a lock for it, which today is "
        + " and ".join(row.cuda for row in catalog.pythons() if row.name == "torch")
        + "; with another, the environment is refused.",
        "## Every card on every system",
        table(("card", "architecture", "CUDA", *(title(system) for system in SYSTEMS)), map(card_row, catalog.gpus())),
        "## Secure Boot",
        f"As it is for an {USUAL.name}; for other cards alike.",
        table(("system", *BOOT.values()), map(boot_row, SYSTEMS)),
        "## What is installed",
        "In one transaction, after the package that keeps apt on the branch; the same packages, and the kernel, are "
        "held, so that they change together or not at all. Where a system has several kernels, the names end as "
        "the machine's own kernel's do.",
        table(("system", "driver", "branch kept by", "packages", "needs"), sorted(set(installed()))),
        "## What is refused",
        "And what works instead.",
        table(("asked", "wanted", "found", "instead"), refusals()),
        "## CUDA builds of torch",
        table(("build", "CUDA", "compute capability", "torch", "source"), builds()),
        "## Engines",
        table(("engine", "at least", "because of", "driver", "compute capability", "compiles", "source"), floors()),
        "## On whose word",
        table(("system", "packages from", "branches", "source"), sources()),
        "NVIDIA's repository is read with one key alone, by its fingerprint:",
        table(("system", "key", "fingerprint", "source"), keys()),
    )


def title(system: str) -> str:
    return next(row.title for row in catalog.systems() if row.name == system)


def card_row(card: GpuRow) -> tuple[str, ...]:
    made = [outcome(Question(cards=(card,), system=system)) for system in SYSTEMS]
    cuda = next((f"{one.cuda} ({one.torch})" for one in made if isinstance(one, Driver)), "")
    return card.name, card.architecture.capitalize(), cuda, *map(cell, made)


def cell(made: Driver | Refusal) -> str:
    if isinstance(made, Driver):
        return f"{made.branch} {made.modules}, {TITLES[made.source]}, {made.built}"
    return f"refused: {made.found}"


def boot_row(system: str) -> tuple[str, ...]:
    asked = Question(cards=(USUAL,), system=next(name for name in SYSTEMS if name == system))
    return title(system), *(cell(outcome(replace(asked, secure_boot=state))) for state in BOOT)


def installed() -> Iterator[tuple[str, ...]]:
    sources: tuple[DriverSource | None, ...] = (None, *get_args(DriverSource))
    for card, system, branch, origin in product((USUAL, OLD), SYSTEMS, (None, 595), sources):
        made = outcome(Question(cards=(card,), system=system, branch=branch, source=origin))
        if isinstance(made, Driver):
            kernel = made.kernels[0]
            needs = [made.repository] if made.repository else []
            yield (
                title(system),
                cell(made),
                f"`{made.pinning}`" if made.pinning else "",
                " ".join(f"`{name}`" for name in made.installed(kernel)),
                " ".join(f"`{name}`" for name in (*needs, *made.components)),
            )


def asked() -> Iterator[tuple[str, Question]]:
    """One of each kind of what can't be done."""
    usual = Question(cards=(USUAL,), system="debian-12")
    ubuntu = replace(usual, system="ubuntu-24.04")
    pascal, blackwell = catalog.gpu("Tesla P40"), catalog.gpu("RTX 5090")
    yield "Pascal with CUDA 13", replace(usual, cards=(pascal,), cuda="13.2")
    yield "Pascal with a branch that has dropped it", replace(usual, cards=(pascal,), branch=595)
    yield "Blackwell with CUDA 12.6", replace(usual, cards=(blackwell,), cuda="12.6")
    yield "Blackwell with Debian 13's driver", replace(usual, cards=(blackwell,), system="debian-13", source="debian")
    yield "Blackwell beside Pascal", replace(usual, cards=(blackwell, pascal))
    yield "Kepler", replace(usual, cards=(catalog.gpu("Tesla K80"),))
    yield "an NVSwitch board", replace(usual, cards=(catalog.gpu("H100 SXM"),))
    yield "Secure Boot with DKMS, no key enrolled", replace(usual, secure_boot="on")
    yield "a branch that has ended", replace(usual, branch=535)
    yield "an unknown branch", replace(usual, branch=999)
    yield "580 from NVIDIA for Ubuntu 26.04", replace(usual, system="ubuntu-26.04", branch=580, source="nvidia")
    yield "Ubuntu's driver on Debian", replace(usual, source="ubuntu")
    yield "Debian's driver is installed already", replace(usual, present=("debian",))
    yield "two sources are installed already", replace(ubuntu, present=("ubuntu", "nvidia"))
    yield "vLLM on Volta", replace(usual, cards=(OLD,), engine="vllm")
    yield "a CUDA that torch is not built for", replace(usual, cuda="13.1")


def refusals() -> Iterator[tuple[str, ...]]:
    for words, question in asked():
        try:
            answer(question)
        except PlanError as error:
            yield words, error.wanted, error.found, error.todo


def builds() -> Iterator[tuple[str, ...]]:
    for row in catalog.torch_builds():
        yield f"`{row.name}`", row.cuda, " to ".join(row.capability), " to ".join(row.torch), source(row)


def floors() -> Iterator[tuple[object, ...]]:
    for row in catalog.engine_floors():
        advisories = ", ".join(row.advisories)
        compiles = "yes" if row.compiles else "no"
        yield row.title, row.least_version, advisories, row.least_driver, row.least_capability, compiles, source(row)


def sources() -> Iterator[tuple[str, ...]]:
    for row in catalog.driver_packages():
        yield ", ".join(map(title, row.systems)), row.title, ", ".join(map(str, row.branches)), source(row)


def keys() -> Iterator[tuple[str, ...]]:
    for row in catalog.driver_repositories():
        yield ", ".join(map(title, row.systems)), f"`{row.key}`", f"`{row.fingerprint}`", source(row)
