"""What `explain` says about a GeForce, whose driver's licence leaves data centres out."""

import pytest

from plan import catalog
from plan.derive.licence import tell_licence
from plan.environment import AskedMachine
from plan.ledger import Ledger


def told(address: str, card: str) -> list[tuple[str, str]]:
    ledger = Ledger()
    user = {} if address == "this" else {"user": "admin"}
    asked = AskedMachine.model_validate({"provider": "existing", "address": address, **user})
    tell_licence("main", asked, catalog.gpu(card), ledger)
    assert not ledger.refusals
    assert all("clause 2.8" in one.reason and "libcuda1" in one.source for one in ledger.decisions)
    return [(one.key, one.value) for one in ledger.decisions]


@pytest.mark.parametrize("card", ["RTX 3060", "RTX 4090", "RTX 5090", "GTX 1080 Ti"])
@pytest.mark.parametrize("address", ["1.1.1.1", "gpu.example.com"])
def test_a_geforce_at_a_public_address_is_warned_of(address: str, card: str) -> None:
    assert told(address, card) == [("machine.main.gpu.licence", "WARNING: a GeForce at a public address")]


@pytest.mark.parametrize("address", ["192.168.10.20", "ki.firma.lan", "this"])
def test_in_ones_own_rooms_it_is_told(address: str) -> None:
    assert told(address, "RTX 4090") == [("machine.main.gpu.licence", "a GeForce, for your own rooms")]


@pytest.mark.parametrize("card", ["L40S", "RTX PRO 6000 Blackwell Max-Q", "RTX 4000 SFF Ada", "Tesla P40"])
def test_other_cards_may_work_everywhere(card: str) -> None:
    assert told("1.1.1.1", card) == []
