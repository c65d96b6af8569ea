"""The nearest name: typing errors of every kind lead back to the name that was meant."""

import random

import pytest

from plan import catalog
from plan.environment import Environment
from plan.errors import SpecError
from plan.nearest import listed, nearest

MODELS = [row.name for row in catalog.models()]
KEYS = list(Environment.model_fields)


def misspelt(name: str, dice: random.Random) -> str:
    """One slip of the fingers: a letter missing, doubled, or two swapped."""
    place = dice.randrange(len(name) - 1)
    return dice.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
            name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        ]
    )


@pytest.mark.parametrize("name", KEYS)
def test_one_slip_in_a_key_finds_it_again(name: str) -> None:
    dice = random.Random(name)  # noqa: S311 (not for secrets)
    for _ in range(30):
        wrong = misspelt(name, dice)
        plurals = {name, f"{name}s", name.removesuffix("s")} & {*KEYS}  # one slip leads from one to the other
        assert nearest(wrong, KEYS, least=0.6) in plurals, wrong


@pytest.mark.parametrize("name", MODELS)
def test_a_name_is_its_own_nearest_whatever_the_case(name: str) -> None:
    assert nearest(name.upper(), MODELS) == name


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("mistral", "mistral:7b"),
        ("llama2", "llama2:7b"),
        ("llama3.1", "llama3.1:8b"),
        ("gptoss:20b", "gpt-oss:20b"),
        ("smollm", "smollm2:135m"),
        ("smollm2:135M-instruct", "smollm2:135m"),
    ],
)
def test_models_as_people_write_them(wrong: str, meant: str) -> None:
    assert nearest(wrong, MODELS) == meant
    with pytest.raises(SpecError) as caught:
        catalog.model(wrong)
    assert f"`{meant}`" in caught.value.todo


@pytest.mark.parametrize(("wrong", "meant"), [("4090", "RTX 4090"), ("RTX4090", "RTX 4090"), ("H100", "H100 SXM")])
def test_cards_as_people_write_them(wrong: str, meant: str) -> None:
    with pytest.raises(SpecError) as caught:
        catalog.gpu(wrong)
    assert f"`{meant}`" in caught.value.todo


def test_nothing_is_near_enough() -> None:
    assert nearest("xyzzy", KEYS, least=0.6) is None
    assert nearest("anything", []) is None
    assert listed(["a", "b"]) == "`a`, `b`"
