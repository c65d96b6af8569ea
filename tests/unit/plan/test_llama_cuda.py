"""llama.cpp on cards: built from locked sources for the planned card, told in the plan; else the nearest that works."""

from typing import Any

import pytest

from plan.derive import choose, derive
from plan.disk import BUILD_MIB, needs_mib
from plan.environment import load
from plan.errors import EigenherdError
from plan.ledger import Ledger
from plan.plan import Plan

FILE = {"file": "Qwen3-8B-Q4_K_M.gguf", "size": 5_030_000_000, "sha256": "ab" * 32, "url": "https://example.org/q.gguf"}


@pytest.fixture
def asked(office: dict[str, Any]) -> dict[str, Any]:
    pin = {"engine": "llama_cpp", "model_files": {"qwen3:8b": [FILE]}}
    return {**office, "models": ["qwen3:8b"], "pin": pin}


def plan_of(asked: dict[str, Any]) -> Plan:
    return derive(load(asked), "test")


def refusals(asked: dict[str, Any]) -> list[EigenherdError]:
    ledger = Ledger()
    choose(load(asked), "test", ledger)
    return ledger.refusals


def told(plan: Plan) -> dict[str, tuple[str, str, str]]:
    return {decision.key: (decision.value, decision.reason, decision.source) for decision in plan.decisions}


def test_it_is_built_from_locked_sources_with_a_locked_compiler(asked: dict[str, Any]) -> None:
    plan = plan_of(asked)
    engine = plan.engine
    assert (engine.name, engine.device, engine.build, engine.port) == ("llama_cpp", "cuda", "cuda", 8100)
    assert engine.python and engine.python.lock == "llama_cpp_cuda.txt"
    assert engine.archive and engine.archive.sdist == f"xllamacpp=={engine.version}"
    [model] = plan.models
    assert (model.artifact.file, model.artifact.url, model.beside) == (FILE["file"], FILE["url"], ())


def test_every_choice_is_told_with_reason_and_source(asked: dict[str, Any]) -> None:
    found = told(plan_of({**asked, "gpus": 2}))
    value, reason, source = found["machine.main.engine.build"]
    assert value == "CUDA 13.0 for compute capability 8.9" and "RTX 4090" in reason and "llama_cpp_cuda.txt" in source
    assert "split evenly over 2 cards" in found["machine.main.engine.cards"][0]
    assert found["machine.main.driver.toolkit"][0] == "nvidia-cuda-nvcc 13.0.88"
    assert found["engine.archive"][1].startswith("package xllamacpp==")
    assert "CVE-2026-21869" in found["engine.floor"][1]
    assert all(reason for _, reason, _ in found.values())


def test_by_layers_any_number_of_cards_shares_a_model(asked: dict[str, Any]) -> None:
    for count in (1, 3, 5):
        assert not refusals({**asked, "gpus": count})


def test_what_is_compiled_takes_disk(asked: dict[str, Any]) -> None:
    plan = plan_of(asked)
    prebuilt = plan.model_copy(update={"engine": plan.engine.model_copy(update={"archive": None})})
    [machine] = plan.machines
    assert needs_mib(plan, machine) - needs_mib(prebuilt, machine) >= BUILD_MIB


@pytest.mark.parametrize("card", ["V100 SXM2 32 GB", "Tesla P40", "GTX 1080 Ti"])
def test_cards_that_cuda_13_has_dropped_are_shown_what_works(asked: dict[str, Any], card: str) -> None:
    found = next(each for each in refusals({**asked, "gpu": card}) if "llama.cpp" in each.wanted)
    assert "7.5 or newer" in found.wanted and "nearest is `ollama`" in found.todo


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([{**FILE, "file": "model.safetensors"}], "one file *.gguf"),
        ([FILE, {**FILE, "file": "second.gguf"}], "one file *.gguf"),
        ([FILE, FILE], "every file once"),
    ],
)
def test_another_file_than_one_gguf_is_refused(asked: dict[str, Any], files: list[Any], words: str) -> None:
    pin = {"engine": "llama_cpp", "model_files": {"qwen3:8b": files}}
    assert any(words in each.wanted for each in refusals({**asked, "pin": pin}))


def test_a_model_without_a_file_is_refused_with_what_to_do(asked: dict[str, Any]) -> None:
    [refusal] = refusals({**asked, "pin": {"engine": "llama_cpp"}})
    assert "*.gguf" in refusal.todo and "pin: {model_files: {'qwen3:8b':" in refusal.todo


def test_without_a_card_and_on_a_simulated_one_it_stays_the_prebuilt_program(sandbox: dict[str, Any]) -> None:
    for asked in ({}, {"gpu": "RTX 4090", "machine": {**sandbox["machine"], "simulated": True}}):
        plan = plan_of({**sandbox, **asked, "pin": {"engine": "llama_cpp"}})
        assert plan.engine.build == "cpu" and plan.engine.archive is None
        assert plan.engine.python and plan.engine.python.name == "llama_cpp"
        found = told(plan)
        assert not any("engine.build" in key for key in found)
        assert found.get("machine.main.driver.toolkit", ("none",))[0] == "none"
