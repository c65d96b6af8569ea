"""Several cards in one machine: how many there are, what fits on them, and what is refused."""

from typing import Any

import pytest

from plan import catalog
from plan.catalog.rows import Split
from plan.derive import choose, derive
from plan.environment import load
from plan.errors import EigenherdError
from plan.ledger import Ledger
from plan.plan import Gpu
from plan.sizing import PEER_MIB, memory


def cards(asked: dict[str, Any]) -> dict[str, Gpu | None]:
    ledger = Ledger()
    plan = choose(load(asked), "test", ledger)
    return {machine.name: machine.gpu for machine in plan.machines}


def test_as_many_as_the_environment_says(office: dict[str, Any]) -> None:
    card = cards({**office, "gpus": 2})["main"]
    assert card and (card.count, str(card)) == (2, "2 x RTX 4090")


def test_one_without_a_word(office: dict[str, Any]) -> None:
    card = cards(office)["main"]
    assert card and (card.count, str(card)) == (1, "RTX 4090")


def test_a_machine_with_a_card_of_its_own_counts_its_own(office: dict[str, Any]) -> None:
    first = office.pop("machine")
    others = {"provider": "existing", "address": "192.168.10.6", "roles": ["engine"]}
    machines = {
        "first": first,
        "other": {**others, "gpu": "L40S"},
        "four": {**others, "address": "192.168.10.7", "gpus": 4},
    }
    found = cards({**office, "gpus": 2, "machines": machines})
    assert {name: str(card) for name, card in found.items()} == {
        "first": "2 x RTX 4090",
        "other": "L40S",
        "four": "4 x RTX 4090",
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"gpu": "none", "gpus": 2, "models": ["smollm2:135m"]}, "a card under `gpu`"),
        ({"gpus": 0}, "gpus"),
        ({"gpus": 17}, "gpus"),
        ({"gpus": 2, "models": ["llama2:70b"], "pin": {"context": 4096}, "gpu": "RTX 3060"}, "on each of 2 cards"),
    ],
)
def test_what_cannot_be(office: dict[str, Any], asked: dict[str, Any], words: str) -> None:
    with pytest.raises(EigenherdError, match=words):
        derive(load({**office, **asked}), "test")


def test_a_count_without_a_card_on_the_machine(sandbox: dict[str, Any]) -> None:
    with pytest.raises(EigenherdError, match="machine main with 2 cards"):
        derive(load({**sandbox, "machine": {**sandbox["machine"], "gpus": 2}}), "test")


def test_two_cards_hold_what_one_does_not(office: dict[str, Any]) -> None:
    asked = {**office, "models": ["llama3.3:70b"], "gpu": "RTX 4090"}
    with pytest.raises(EigenherdError, match=r"llama3\.3:70b with"):
        derive(load(asked), "test")
    [model] = derive(load({**asked, "gpus": 3}), "test").models
    assert model.name == "llama3.3:70b"


@pytest.mark.parametrize("split", ["layers", "tensors"])
@pytest.mark.parametrize("name", ["llama3.3:70b", "gemma3:27b", "gpt-oss:120b"])
@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_the_fullest_card_never_has_less_than_its_share(name: str, count: int, split: Split) -> None:
    row = catalog.model(name)
    alone, each = memory(row, 8192, 4, "cuda"), memory(row, 8192, 4, "cuda", cards=count, split=split)
    assert alone.weights_mib / count - 1 <= each.weights_mib < alone.weights_mib
    assert alone.kv_mib / count - 1 <= each.kv_mib < alone.kv_mib
    assert (each.compute_mib, each.runtime_mib) == (alone.compute_mib, alone.runtime_mib + PEER_MIB)
    assert f"on each of {count} cards" in str(each)


def test_layers_and_heads_are_not_cut() -> None:
    row = catalog.model("llama3.3:70b")
    alone = memory(row, 8192, 1, "cuda")
    three = memory(row, 8192, 1, "cuda", cards=3)
    assert three.kv_mib == round(alone.kv_mib * 27 / 80)  # 80 layers
    heads = memory(row, 8192, 1, "cuda", cards=16, split="tensors")
    assert heads.kv_mib == round(alone.kv_mib / 8)  # 8 heads: each of 16 cards has a whole one


def test_the_count_is_of_the_part_driver(office: dict[str, Any]) -> None:
    one, two = (derive(load({**office, "gpus": count}), "test").part_digests() for count in (1, 2))
    assert {part for part in one if one[part] != two[part]} >= {"driver"}


def test_the_driver_is_asked_for_all_of_them(office: dict[str, Any]) -> None:
    one, two = (derive(load({**office, "gpus": count}), "test").machines[0].drivers for count in (1, 2))
    assert one == two
