"""Engines on NVIDIA cards: told from the plan what they would else choose by themselves, for one card and for two."""

import json
from typing import Any

import pytest

from deploy import engine
from deploy.engines import ollama
from deploy.template import render
from plan.machine import Handover
from plan.sizing.memory import KV_ELEMENT_BYTES, KV_TYPE
from tests.render.examples import handover_of, on_cards, plan_of


@pytest.fixture(params=[1, 2])
def count(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


def environment(handover: Handover) -> dict[str, str]:
    return ollama.environment(handover, handover.machines[0])


def parameters(handover: Handover) -> dict[str, Any]:
    [model] = json.loads(ollama.wanted(handover.plan))["models"]
    found: dict[str, Any] = model["parameters"]
    return found


def test_ollama_chooses_nothing_about_memory_itself(count: int) -> None:
    handover = on_cards(count)
    [model] = handover.plan.models
    expected = {
        "OLLAMA_CONTEXT_LENGTH": str(model.context),
        "OLLAMA_NUM_PARALLEL": str(model.slots),
        "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_KV_CACHE_TYPE": KV_TYPE,
        "OLLAMA_GPU_OVERHEAD": "0",
        "OLLAMA_VULKAN": "0",
        "OLLAMA_SCHED_SPREAD": "1" if count > 1 else "0",
    }
    found = environment(handover)
    assert found.items() >= expected.items()
    assert not {"CUDA_VISIBLE_DEVICES", "OLLAMA_LLM_LIBRARY"} & found.keys()


def test_ollama_leaves_no_layer_to_the_cpu(count: int) -> None:
    assert parameters(on_cards(count))["num_gpu"] >= 999


def test_without_a_card_nothing_is_said_of_cards() -> None:
    handover = handover_of(plan_of("ollama"))
    assert "num_gpu" not in parameters(handover)
    assert not {"OLLAMA_SCHED_SPREAD", "OLLAMA_KV_CACHE_TYPE", "OLLAMA_VULKAN"} & environment(handover).keys()


def test_the_cache_is_of_the_type_that_was_reckoned_with() -> None:
    assert (KV_TYPE, KV_ELEMENT_BYTES) == ("f16", 2)


def test_the_unit_has_the_drivers_devices_and_every_word(count: int) -> None:
    handover = on_cards(count)
    unit = render(engine.FILE, engine.unit_values(handover, handover.machines[0]))
    assert "DeviceAllow=char-nvidia rw" in unit and "PrivateDevices=yes" not in unit
    for key, value in environment(handover).items():
        assert f'Environment="{key}={value}"' in unit
