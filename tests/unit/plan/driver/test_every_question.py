"""Every card x system x Secure Boot x pin: a driver or a refusal, and whichever it is, it keeps the rules."""

from itertools import product

import pytest

from plan import catalog
from plan.catalog.rows import GpuRow
from plan.derive.driver.choices import STATES, SYSTEMS, outcome
from plan.derive.driver.question import Question
from plan.driver import Driver, DriverSource, Refusal

BRANCHES = (None, 535, 550, 570, 580, 590, 595, 610, 999)
SOURCES: tuple[DriverSource | None, ...] = (None, "ubuntu", "debian", "nvidia")
NEEDS = ((None, ""), ("13.2", "ollama"), ("13.2", "vllm"), ("12.6", "llama_cpp"))
PRESENT: tuple[tuple[DriverSource, ...], ...] = ((), ("debian",), ("nvidia",), ("nvidia", "ubuntu"))

# Names that only one of the sources has, so that a mixture shows.
OF_SOURCE = {
    "ubuntu": ("-server", "linux-modules-nvidia-"),
    "debian": ("nvidia-open-kernel-dkms", "nvidia-smi", "libcuda1"),
    "nvidia": ("nvidia-driver-pinning-", "nvidia-kernel-open-dkms", "nvidia-driver-cuda", "libnvidia-compute", "cuda-"),
}


def keeps_the_rules(asked: Question, made: Driver) -> None:
    for card in asked.cards:
        architecture = catalog.architecture(card.architecture)
        assert made.modules in architecture.modules
        assert architecture.first_branch <= made.branch <= (architecture.last_branch or made.branch)
        assert int(made.cuda.split(".")[0]) <= architecture.cuda
        assert not card.nvswitch
    row = next(row for row in catalog.drivers() if row.branch == made.branch)
    assert row.end_of_life >= row.date[:7]
    assert int(made.cuda.split(".")[0]) <= row.cuda
    assert asked.branch in (None, made.branch)
    assert asked.source in (None, made.source)
    assert asked.cuda in (None, made.cuda)
    assert set(asked.present) <= {made.source}
    if asked.secure_boot == "on":
        assert made.built == "signed"
    distribution = asked.system.partition("-")[0]
    assert made.source in (distribution, "nvidia")
    assert (made.repository is not None) == (made.pinning is not None) == (made.source == "nvidia")
    not_mixed(made)


def not_mixed(made: Driver) -> None:
    for kernel in made.kernels:
        names = (*made.installed(kernel), made.pinning or "")
        assert len(set(names)) == len(names) and not any("{" in name for name in names)
        assert set(made.held(kernel)) >= {kernel.image, kernel.headers, *made.packages}
        for source, parts in OF_SOURCE.items():
            if source != made.source:
                assert not [name for name in names if any(part in name for part in parts)]
        flavour = [name for name in names if ("dkms" in name and "no-dkms" not in name) or "linux-modules" in name]
        assert len(flavour) == 1, "modules of one kind, once"
        assert ("open" in flavour[0]) == (made.modules == "open")
        assert kernel.headers in names if made.built == "dkms" else kernel.modules in names


@pytest.mark.parametrize("cards", [(card,) for card in catalog.gpus()], ids=lambda cards: cards[0].name)
def test_a_driver_or_a_refusal_and_never_anything_else(cards: tuple[GpuRow, ...]) -> None:
    for system, boot, branch, source, (cuda, engine) in product(SYSTEMS, STATES, BRANCHES, SOURCES, NEEDS):
        asked = Question(cards, system, boot, cuda, engine, branch, source)
        made = outcome(asked)
        if isinstance(made, Refusal):
            assert made.wanted and made.found and made.todo
        else:
            keeps_the_rules(asked, made)


@pytest.mark.parametrize("present", PRESENT)
def test_whatever_is_installed_already(present: tuple[DriverSource, ...]) -> None:
    usual = [catalog.gpu(name) for name in ("RTX 4090", "RTX 5090", "T4", "Tesla P40", "V100 SXM2 32 GB")]
    for one, other, system, boot in product(usual, usual, SYSTEMS, STATES):
        asked = Question((one, other), system, boot, present=present)
        made = outcome(asked)
        if isinstance(made, Driver):
            keeps_the_rules(asked, made)
        else:
            assert made.wanted and made.found and made.todo


def test_secure_boot_only_takes_away() -> None:
    for card, system, source in product(catalog.gpus(), SYSTEMS, SOURCES):
        made = {boot: outcome(Question((card,), system, boot, source=source)) for boot in STATES}
        assert made["off"] == made["enrolled"] == made["unknown"]
        if isinstance(made["on"], Driver):
            assert isinstance(made["off"], Driver)


def test_there_are_enough_of_both() -> None:
    """Else the tests above would say nothing."""
    made = [outcome(Question((card,), system, cuda="13.2")) for card, system in product(catalog.gpus(), SYSTEMS)]
    assert sum(isinstance(one, Driver) for one in made) >= 100
    assert sum(isinstance(one, Refusal) for one in made) >= 25
