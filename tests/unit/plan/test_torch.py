"""Which torch: the newest locked one that computes on every card of the stack."""

from typing import Any

import pytest

from plan import catalog
from plan.derive import choose, derive
from plan.environment import load
from plan.errors import EigenherdError
from plan.ledger import Ledger


def told(asked: dict[str, Any]) -> tuple[str, str, str]:
    """Version and CUDA of torch, and the reason."""
    ledger = Ledger()
    plan = choose(load(asked), "test", ledger)
    reasons = {decision.key: decision.reason for decision in ledger.decisions}
    return plan.torch.version, plan.torch.cuda, reasons["torch"]


@pytest.mark.parametrize(
    ("gpu", "expected"),
    [
        ("RTX 4090", ("2.15.0", "13.2", "current, locked with hashes")),
        ("T4", ("2.15.0", "13.2", "current, locked with hashes")),
        ("RTX 5090", ("2.15.0", "13.2", "current, locked with hashes")),
        ("V100 SXM2 32 GB", ("2.7.1", "12.6", "computes on V100 SXM2 32 GB: CUDA 13.2 does not")),
        ("Tesla P40", ("2.7.1", "12.6", "computes on Tesla P40: CUDA 13.2 does not")),
        ("Tesla M40", ("2.7.1", "12.6", "computes on Tesla M40: CUDA 13.2 does not")),
    ],
)
def test_the_card_decides(office: dict[str, Any], gpu: str, expected: tuple[str, str, str]) -> None:
    version, cuda, reason = told({**office, "gpu": gpu})
    assert (version, cuda) == expected[:2]
    assert expected[2] in reason


def test_without_a_card_it_is_the_current_one(sandbox: dict[str, Any]) -> None:
    assert told(sandbox)[:2] == ("2.15.0", "13.2")


@pytest.mark.parametrize("pin", [{"torch": "2.7.1"}, {"cuda": "12.6"}, {"torch": "2.7.1", "cuda": "12.6"}])
def test_a_pin_wins(office: dict[str, Any], pin: dict[str, str]) -> None:
    assert told({**office, "pin": pin}) == ("2.7.1", "12.6", "pinned")


@pytest.mark.parametrize("gpu", ["V100 SXM2 32 GB", "Tesla P40"])
def test_an_old_card_is_planned_whole(office: dict[str, Any], gpu: str) -> None:
    plan = derive(load({**office, "gpu": gpu, "models": ["llama3.1:8b"]}), "test")
    drivers = [choice.driver for choice in plan.machines[0].drivers if choice.driver]
    assert {(driver.branch, driver.modules, driver.cuda, driver.torch) for driver in drivers} == {
        (580, "proprietary", "12.6", "cu126")
    }


def test_old_and_new_together_have_none(office: dict[str, Any]) -> None:
    first = office.pop("machine")
    other = {"provider": "existing", "address": "192.168.10.6", "roles": ["engine"], "gpu": "RTX 5090"}
    asked = {**office, "gpu": "Tesla P40", "machines": {"old": first, "new": other}}
    assert told(asked)[0] == "2.15.0"
    with pytest.raises(EigenherdError, match="Tesla P40"):
        derive(load(asked), "test")


def test_every_lock_is_of_a_known_build() -> None:
    builds = {build.cuda: build for build in catalog.torch_builds()}
    for row in catalog.pythons():
        if row.name == "torch":
            first, last = (tuple(map(int, edge.split("."))) for edge in builds[row.cuda].torch)
            assert first <= tuple(map(int, row.version.split(".")))[:2] <= last
