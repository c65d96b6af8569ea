"""Several cards in a machine: one model over all of them, and every machine of a stack has room for it."""

from typing import Any

import pytest

from plan.derive import choose
from plan.environment import load
from plan.ledger import Ledger
from plan.plan import Plan


def chosen(asked: dict[str, Any]) -> tuple[Plan, Ledger]:
    ledger = Ledger()
    return choose(load(asked), "test", ledger), ledger


def too_large(ledger: Ledger) -> list[str]:
    return [refusal.found for refusal in ledger.refusals if "of VRAM for models" in refusal.found]


def told(ledger: Ledger, key: str) -> str:
    return next(decision.value + ": " + decision.reason for decision in ledger.decisions if decision.key == key)


@pytest.mark.parametrize(("count", "fits"), [(1, False), (2, False), (4, True)])
def test_a_model_is_spread_over_all_cards(office: dict[str, Any], count: int, fits: bool) -> None:
    plan, ledger = chosen({**office, "gpu": "T4", "gpus": count, "models": ["llama3.3:70b"]})
    gpu = plan.machines[0].gpu
    assert gpu and gpu.count == count
    assert (too_large(ledger) == []) is fits
    if fits:
        assert "4 x 15237 MiB" in told(ledger, "models.context")
        assert told(ledger, "memory.llama3.3:70b").endswith("on each of 4 cards")
    elif count > 1:
        assert too_large(ledger) == ["2 x 15237 MiB of VRAM for models on machine main"]


def test_one_card_is_what_nobody_has_to_write(office: dict[str, Any]) -> None:
    one, _ = chosen({**office, "gpus": 1})
    none, _ = chosen(office)
    assert one.machines == none.machines and one.models == none.models


def test_a_machine_may_have_another_number_and_the_smallest_counts(office: dict[str, Any]) -> None:
    first = office.pop("machine") | {"gpus": 4}
    second = {"provider": "existing", "address": "192.168.10.21", "roles": ["engine"]}
    asked = {**office, "machines": {"first": first, "second": second}, "gpu": "T4", "gpus": 2}
    plan, ledger = chosen({**asked, "models": ["llama3.3:70b"]})
    assert [machine.gpu.count for machine in plan.machines if machine.gpu] == [4, 2]
    assert too_large(ledger) == ["2 x 15237 MiB of VRAM for models on machine second"]


def test_a_gateway_alone_has_none_of_them(office: dict[str, Any]) -> None:
    card = office.pop("machine") | {"roles": ["engine"]}
    door = {"provider": "existing", "address": "192.168.10.5", "roles": ["gateway"]}
    plan, ledger = chosen({**office, "machines": {"door": door, "card": card}, "gpus": 2})
    assert plan.machines[0].gpu is None
    assert not any("gpus" in refusal.wanted for refusal in ledger.refusals)
