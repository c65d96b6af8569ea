"""What can't be done with a card, each with the reason and the nearest that works."""

from dataclasses import replace

import pytest

from plan import catalog
from plan.derive.driver.answer import answer
from plan.derive.driver.question import Question
from plan.driver import System
from plan.errors import PlanError, SpecError

ENROL = "enrol the key of DKMS (`mokutil --import`"


def question(*cards: str, system: System = "debian-12") -> Question:
    return Question(cards=tuple(map(catalog.gpu, cards)), system=system)


USUAL = question("RTX 4090")
UBUNTU = question("RTX 4090", system="ubuntu-24.04")

CASES: dict[str, tuple[Question, str, str, str]] = {
    "pascal with CUDA 13": (
        replace(question("Tesla P40"), cuda="13.2"),
        "compute capability 7.5 or newer, for CUDA 13.2",
        "Tesla P40 (Pascal) with 6.1",
        "nearest is CUDA 12.6 (cu126, torch 2.14 or older), locked with torch 2.7.1: leave `pin.torch`",
    ),
    "volta with CUDA 13": (
        replace(question("V100 SXM2 32 GB"), cuda="13.0"),
        "7.5 or newer",
        "V100 SXM2 32 GB (Volta) with 7.0",
        "CUDA 12.6",
    ),
    "blackwell with CUDA 12.6": (
        replace(question("RTX 5090"), cuda="12.6"),
        "compute capability 9.0 or older",
        "RTX 5090 (Blackwell) with 12.0",
        "nearest is CUDA 13.2",
    ),
    "blackwell with Debian 12's driver": (
        replace(question("RTX 5090"), source="debian"),
        "a driver for RTX 5090 on Debian 12",
        "Debian's archive has 535: Blackwell needs 570 or newer",
        "nearest is `580` with open modules from NVIDIA's repository: leave `pin.driver_source` out",
    ),
    "blackwell with Debian 13's driver": (
        replace(question("RTX 5090", system="debian-13"), source="debian"),
        "on Debian 13",
        "Debian's archive has 550: Blackwell needs 570 or newer",
        "leave `pin.driver_source` out",
    ),
    "turing with Debian 13's driver": (
        replace(question("T4", system="debian-13"), source="debian", cuda="12.6"),
        "on Debian 13",
        "its support ended by 2026-09, 550.163.01 does not build for the archive's own kernel",
        "leave `pin.driver_source` out",
    ),
    "secure boot and DKMS without a key": (
        replace(USUAL, secure_boot="on"),
        "on Debian 12 with Secure Boot on",
        "NVIDIA's repository has 580: built by DKMS on the machine, whose key is not enrolled",
        f"nearest is `580` with open modules from NVIDIA's repository: {ENROL}",
    ),
    "secure boot and NVIDIA's repository on Ubuntu": (
        replace(UBUNTU, secure_boot="on", source="nvidia"),
        "with Secure Boot on",
        "whose key is not enrolled",
        ENROL,
    ),
    "a branch that has ended": (replace(USUAL, branch=535), "pin.driver: a supported", "ended by 2026-06", "`580`"),
    "a feature branch that has ended": (replace(USUAL, branch=610), "supported", "ended by 2026-08", "`580`"),
    "a branch nobody knows": (replace(USUAL, branch=999), "supported", "knows nothing", "nearest is `580`"),
    "a branch that has dropped the card": (
        replace(question("Tesla M40"), branch=595),
        "a driver for Tesla M40",
        "NVIDIA's repository has 595: 580 is the last for these cards",
        "nearest is `580` with proprietary modules from NVIDIA's repository: leave `pin.driver` out",
    ),
    "a branch the source does not have": (
        replace(question("RTX 4090", system="ubuntu-26.04"), branch=580, source="nvidia"),
        "on Ubuntu 26.04",
        "no branch 580 in NVIDIA's repository",
        "nearest is `580` with open modules from Ubuntu's archive: leave `pin.driver_source` out",
    ),
    "another system's archive": (
        replace(USUAL, source="ubuntu"),
        "on Debian 12",
        "no packages in Ubuntu's archive",
        "leave `pin.driver_source` out",
    ),
    "another source is there already": (
        replace(USUAL, present=("debian",)),
        "a driver for RTX 4090",
        "NVIDIA's repository has 580: packages of Debian's archive are installed, and sources are not mixed",
        "first remove the driver packages that are installed",
    ),
    "two sources are there already": (
        replace(UBUNTU, present=("nvidia", "ubuntu")),
        "a driver for RTX 4090",
        "Ubuntu's archive has 580: packages of NVIDIA's repository are installed",
        "nearest is `580` with open modules from Ubuntu's archive: first remove",
    ),
    "secure boot, where another source does": (
        replace(UBUNTU, secure_boot="on", source="nvidia", present=("ubuntu",)),
        "with Secure Boot on",
        "whose key is not enrolled in Secure Boot, packages of Ubuntu's archive are installed",
        "nearest is `580` with open modules from Ubuntu's archive: leave `pin.driver_source` out",
    ),
    "two things at once": (
        replace(USUAL, secure_boot="on", source="debian", branch=580),
        "on Debian 12 with Secure Boot on",
        "no branch 580 in Debian's archive",
        "at its next start), or turn Secure Boot off; leave `pin.driver_source` out",
    ),
    "old and too new together": (
        question("RTX 5090", "Tesla P40"),
        "kernel modules of one kind",
        "RTX 5090 (Blackwell) takes open ones only, Tesla P40 (Pascal) proprietary ones only",
        "two machines",
    ),
    "kepler": (question("Tesla K80"), "still supported", "470, the last for Kepler", "a card of Turing or newer"),
    "kepler beside a newer one": (question("RTX 4090", "Tesla K80"), "Tesla K80 (Kepler)", "470", "Turing or newer"),
    "an NVSwitch board": (question("H100 SXM"), "without NVSwitch", "an NVSwitch board", "not yet"),
    "an NVSwitch board's nearest": (question("H200 SXM"), "H200 SXM (Hopper)", "NVSwitch", "nearest is `H200 NVL`"),
    "an engine that needs a newer card": (
        replace(question("V100 SXM2 32 GB"), engine="vllm"),
        "compute capability 7.5 or newer, for vLLM",
        "V100 SXM2 32 GB (Volta) with 7.0",
        "nearest is `ollama`",
    ),
    "a CUDA that torch is not built for": (replace(USUAL, cuda="13.1"), "torch is built for", "`13.1`", "13.2"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_the_reason_and_the_nearest(case: str) -> None:
    asked, wanted, found, todo = CASES[case]
    with pytest.raises(PlanError) as caught:
        answer(asked)
    assert wanted in caught.value.wanted
    assert found in caught.value.found
    assert todo in caught.value.todo


@pytest.mark.parametrize(
    ("asked", "mended"),
    [
        (CASES["secure boot and DKMS without a key"][0], {"secure_boot": "enrolled"}),
        (CASES["blackwell with Debian 12's driver"][0], {"source": None}),
        (CASES["a branch that has dropped the card"][0], {"branch": None}),
        (CASES["two sources are there already"][0], {"present": ()}),
        (CASES["two things at once"][0], {"secure_boot": "off", "source": None}),
        (CASES["secure boot, where another source does"][0], {"source": None}),
    ],
)
def test_what_the_refusal_names_does_work(asked: Question, mended: dict[str, object]) -> None:
    assert answer(replace(asked, **mended)).driver.branch == 580  # type: ignore[arg-type]


def test_an_unknown_card_has_no_driver_chosen_for_it() -> None:
    with pytest.raises(SpecError, match="`0x1234`"):
        catalog.gpu_at("0x1234")
