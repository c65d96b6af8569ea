"""Every card of the catalogue on every system: the driver it gets, after NVIDIA's own table of generations."""

from dataclasses import replace
from itertools import product

import pytest

from plan import catalog
from plan.catalog.rows import DriverRow, GpuRow
from plan.derive.driver.answer import answer
from plan.derive.driver.choices import SYSTEMS
from plan.derive.driver.question import Question
from plan.driver import Driver, System
from plan.errors import PlanError

MODULES_AND_CUDA = {
    "maxwell": ("proprietary", "12.6", "cu126"),
    "pascal": ("proprietary", "12.6", "cu126"),
    "volta": ("proprietary", "12.6", "cu126"),
    "turing": ("open", "13.2", "cu132"),
    "ampere": ("open", "13.2", "cu132"),
    "ada": ("open", "13.2", "cu132"),
    "hopper": ("open", "13.2", "cu132"),
    "blackwell": ("open", "13.2", "cu132"),
}
CAPABILITIES = {
    "kepler": "3",
    "maxwell": "5",
    "pascal": "6",
    "volta": "7.0",
    "turing": "7.5",
    "ampere": "8",
    "ada": "8.9",
    "hopper": "9.0",
    "blackwell": "1",
}


def question(card: str, system: System = "debian-12") -> Question:
    return Question(cards=(catalog.gpu(card),), system=system)


def driver(asked: Question) -> Driver:
    return answer(asked).driver


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("card", catalog.gpus(), ids=lambda card: card.name)
def test_a_card_gets_the_driver_of_its_generation_or_a_reason(card: GpuRow, system: System) -> None:
    asked = Question(cards=(card,), system=system)
    if card.architecture == "kepler" or card.nvswitch:
        with pytest.raises(
            PlanError, match="470, the last for Kepler" if card.architecture == "kepler" else "NVSwitch"
        ):
            answer(asked)
        return
    if system == "debian-13" and catalog.architecture(card.architecture).last_branch == 580:
        with pytest.raises(PlanError, match="NVIDIA's repository has 595: 580 is the last for these cards"):
            answer(asked)
        return
    made = driver(asked)
    assert made.branch == (595 if system == "debian-13" else 580), "NVIDIA has no 580 for Debian 13"
    assert (made.modules, made.cuda, made.torch) == MODULES_AND_CUDA[card.architecture]
    debian = system.startswith("debian")
    assert (made.source, made.built) == (("nvidia", "dkms") if debian else ("ubuntu", "signed"))


@pytest.mark.parametrize("card", catalog.gpus(), ids=lambda card: card.name)
def test_a_row_says_of_its_card_what_the_choice_needs(card: GpuRow) -> None:
    assert card.compute_capability in catalog.architecture(card.architecture).capabilities
    assert card.compute_capability.startswith(CAPABILITIES[card.architecture])
    assert card.pci_ids
    for device in card.pci_ids:
        assert int(device, 16) and device == device.casefold() and len(device) == 4
        assert [row.name for row in catalog.gpus() if device in row.pci_ids] == [card.name]
        assert catalog.gpu_at(f"10DE:{device.upper()}") == catalog.gpu_at(f"0x{device}") == card
    assert card.nvswitch == (card.name.split()[0] in ("B200", "H100", "H200", "A100") and card.pci_ids[0] in HGX)


HGX = {"20b0", "20b2", "2330", "2335", "2901"}


@pytest.mark.parametrize(
    ("asked", "pinning", "installed", "held"),
    [
        (
            question("RTX 4090", "debian-12"),
            "nvidia-driver-pinning-580",
            "linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced",
            "linux-image-amd64 linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced",
        ),
        (
            question("Tesla P40", "debian-12"),
            "nvidia-driver-pinning-580",
            "linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-dkms nvidia-persistenced",
            "linux-image-amd64 linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-dkms nvidia-persistenced",
        ),
        (
            question("RTX 4090", "ubuntu-22.04"),
            None,
            "linux-modules-nvidia-580-server-open-generic nvidia-headless-no-dkms-580-server-open"
            " nvidia-utils-580-server",
            "linux-image-generic linux-headers-generic linux-modules-nvidia-580-server-open-generic"
            " nvidia-headless-no-dkms-580-server-open nvidia-utils-580-server",
        ),
        (
            question("Tesla P40", "ubuntu-26.04"),
            None,
            "linux-modules-nvidia-580-server-generic nvidia-headless-no-dkms-580-server nvidia-utils-580-server",
            "linux-image-generic linux-headers-generic linux-modules-nvidia-580-server-generic"
            " nvidia-headless-no-dkms-580-server nvidia-utils-580-server",
        ),
        (
            replace(question("RTX 4090", "ubuntu-24.04"), source="nvidia"),
            "nvidia-driver-pinning-580",
            "linux-headers-generic libnvidia-compute-580 nvidia-dkms-580-open nvidia-utils-580",
            "linux-image-generic linux-headers-generic libnvidia-compute-580 nvidia-dkms-580-open nvidia-utils-580",
        ),
        (
            replace(question("RTX 4090", "ubuntu-24.04"), source="nvidia", branch=595),
            "nvidia-driver-pinning-595",
            "linux-headers-generic libnvidia-compute nvidia-dkms-open nvidia-persistenced",
            "linux-image-generic linux-headers-generic libnvidia-compute nvidia-dkms-open nvidia-persistenced",
        ),
        (
            replace(question("RTX 4090", "debian-13"), engine="vllm", cuda="13.0"),
            "nvidia-driver-pinning-595",
            "linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced",
            "linux-image-amd64 linux-headers-amd64 nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced",
        ),
    ],
)
def test_packages_are_called_as_their_source_calls_them(
    asked: Question, pinning: str | None, installed: str, held: str
) -> None:
    made = driver(asked)
    kernel = made.kernels[0]
    assert made.pinning == pinning
    assert made.installed(kernel) == tuple(installed.split())
    assert made.held(kernel) == tuple(held.split())


def test_ubuntu_s_later_kernel_has_modules_of_its_own() -> None:
    _, later = driver(question("RTX 4090", "ubuntu-24.04")).kernels
    assert later.image == "linux-image-generic-hwe-24.04"
    assert later.modules == "linux-modules-nvidia-580-server-open-generic-hwe-24.04"


@pytest.mark.parametrize(
    ("system", "source", "repository", "components"),
    [
        ("debian-13", None, "debian13/x86_64", ("contrib",)),
        ("ubuntu-24.04", "nvidia", "ubuntu2404/x86_64", ()),
        ("ubuntu-24.04", None, None, ("restricted",)),
    ],
)
def test_where_the_packages_are(system: System, source: object, repository: str | None, components: tuple[str]) -> None:
    made = driver(replace(question("RTX 4090", system), source=source))  # type: ignore[arg-type]
    assert (made.repository, made.components) == (repository, components)


def test_nvidia_has_no_580_for_ubuntu_26_04_and_the_next_supported_is_taken() -> None:
    made = answer(replace(question("RTX 4090", "ubuntu-26.04"), source="nvidia"))
    assert (made.driver.branch, made.driver.pinning) == (595, "nvidia-driver-pinning-595")


def test_a_driver_that_is_there_decides_the_source() -> None:
    made = driver(replace(question("RTX 4090", "ubuntu-24.04"), present=("nvidia",)))
    assert (made.source, made.branch) == ("nvidia", 580)


def test_old_and_newer_cards_together_take_what_both_can() -> None:
    both = replace(question("Tesla P40"), cards=(catalog.gpu("RTX 4090"), catalog.gpu("Tesla P40")))
    made = driver(both)
    assert (made.modules, made.branch, made.torch) == ("proprietary", 580, "cu126")
    newer = replace(both, cards=(catalog.gpu("RTX 4090"), catalog.gpu("RTX 5090")))
    assert (driver(newer).modules, driver(newer).torch) == ("open", "cu132")


def drivers_with(monkeypatch: pytest.MonkeyPatch, *changed: DriverRow) -> None:
    branches = {row.branch for row in changed}
    rows = (*(row for row in catalog.drivers() if row.branch not in branches), *changed)
    monkeypatch.setattr(catalog, "drivers", lambda: rows)


def test_debian_s_own_driver_is_taken_where_it_suffices(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has ended, and has open modules in disorder; were it not so:"""
    old = next(row for row in catalog.drivers() if row.branch == 535)
    drivers_with(monkeypatch, old.model_copy(update={"end_of_life": "2027-06"}))
    with pytest.raises(PlanError, match="Debian's archive has 535: its open modules are 535"):
        driver(replace(question("T4"), cuda="12.6", source="debian"))
    rows = [row.model_copy(update={"open_fails": ""}) for row in catalog.driver_packages()]
    monkeypatch.setattr(catalog, "driver_packages", lambda: rows)
    made = driver(replace(question("T4"), cuda="12.6"))
    assert (made.source, made.branch, made.pinning) == ("debian", 535, None)
    assert made.packages == ("nvidia-open-kernel-dkms", "nvidia-smi", "libcuda1", "nvidia-persistenced")
    assert made.components == ("contrib", "non-free", "non-free-firmware")
    assert driver(question("T4")).source == "nvidia", "CUDA 13 needs a newer one"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_card_that_needs_a_newer_branch_gets_it(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row.model_copy(update={"first_branch": 590}) for row in catalog.architectures()]
    monkeypatch.setattr(catalog, "architectures", lambda: rows)
    assert driver(question("RTX 5090", system)).branch == 595


def test_a_branch_that_has_ended_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    lts = next(row for row in catalog.drivers() if row.branch == 580)
    drivers_with(monkeypatch, lts.model_copy(update={"end_of_life": "2026-10"}))
    for system, card in product(SYSTEMS, ("RTX 4090", "RTX 5090")):
        assert driver(question(card, system)).branch == 595
    with pytest.raises(PlanError, match="580, the last for Pascal; the oldest supported is 595"):
        driver(question("Tesla P40"))
