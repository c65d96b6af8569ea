"""A card that is only pretended: asked for in words, told everywhere, and never mixed with real ones."""

from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import EigenherdError
from plan.plan import Plan

ASKED: dict[str, Any] = {
    "machine": {"provider": "sandbox", "simulated": True},
    "gpu": "RTX 4090",
    "models": ["smollm2:135m"],
    "clients": ["demo"],
}


def made(**changes: Any) -> Plan:
    return derive(load({**ASKED, **changes}), "pretended")


def test_the_card_is_planned_as_a_real_one_is_and_says_what_it_is() -> None:
    plan = made()
    [machine] = plan.machines
    assert machine.gpu and machine.gpu.simulated and machine.gpu.name == "RTX 4090"
    assert plan.engine.device == "cuda" and machine.drivers[0].driver and machine.drivers[0].driver.branch == 580
    told = [decision for decision in plan.decisions if "simulated" in decision.key]
    assert [(decision.value, "proves nothing" in decision.reason) for decision in told] == [("SIMULATED", True)]


@pytest.mark.parametrize("engine", ["llama_cpp", "ollama"])
def test_its_programs_are_those_that_compute_on_the_cpu(engine: str) -> None:
    pretended = made(pin={"engine": engine}).engine
    plain = made(machine={"provider": "sandbox"}, gpu="none", pin={"engine": engine}).engine
    assert (pretended.build, pretended.archive, pretended.python) == ("cpu", plain.archive, plain.python)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"machine": {"provider": "sandbox"}}, "a sandbox machine, which has no GPU"),
        ({"machine": {"provider": "existing", "address": "this", "simulated": True}}, "an existing machine has a card"),
        ({"gpu": "none"}, "with a simulated GPU"),
    ],
    ids=["not asked for", "not in a sandbox", "no card named"],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(EigenherdError, match=words):
        made(**changes)


def test_a_simulated_card_is_not_mixed_with_a_real_one() -> None:
    machines = {
        "door": {"provider": "sandbox", "simulated": True},
        "more": {
            "provider": "existing",
            "address": "192.168.1.9",
            "roles": ["engine"],
            "host_key": "SHA256:" + "a" * 43,
        },
    }
    with pytest.raises(EigenherdError, match="real ones and simulated ones"):
        derive(load({"machines": machines, **{k: v for k, v in ASKED.items() if k != "machine"}}), "mixed")
