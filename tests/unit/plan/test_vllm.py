"""vLLM in a plan: a folder of checked files, a share of the card, heads over cards; else a refusal with what to do."""

from typing import Any

import pytest

from plan.derive import choose, derive
from plan.environment import load
from plan.errors import EigenherdError, SpecError
from plan.ledger import Ledger

SHA = "ab" * 32


def files(*names: str, size: int = 8_000_000_000) -> list[dict[str, Any]]:
    return [{"file": name, "size": size if name.endswith(".safetensors") else 9_000, "sha256": SHA} for name in names]


WHOLE = files("config.json", "tokenizer.json", "model-2.safetensors", "model-1.safetensors")


@pytest.fixture
def asked(office: dict[str, Any]) -> dict[str, Any]:
    pin = {"engine": "vllm", "model_files": {"qwen3:8b": WHOLE}}
    return {**office, "models": ["qwen3:8b"], "pin": pin}


def refusals(asked: dict[str, Any]) -> list[EigenherdError]:
    ledger = Ledger()
    choose(load(asked), "test", ledger)
    return ledger.refusals


def test_a_model_is_its_folder_with_every_file_locked(asked: dict[str, Any]) -> None:
    plan = derive(load(asked), "test")
    [model] = plan.models
    assert model.artifact.file == "qwen3-8b/model-1.safetensors"
    assert [file.file for file in model.beside] == [
        "qwen3-8b/model-2.safetensors",
        "qwen3-8b/config.json",
        "qwen3-8b/tokenizer.json",
    ]
    assert model.size == 16_000_018_000
    assert (plan.engine.name, plan.engine.port, plan.engine.vram_share) == ("vllm", 8000, 0.9)
    assert plan.engine.python and plan.engine.python.lock == "vllm.txt" and plan.engine.archive is None
    shas = [decision.reason for decision in plan.decisions if decision.key == "model.qwen3:8b.file"]
    assert shas == [f"sha256 {SHA}; checked by you"] * 4


def test_it_is_sized_by_its_share_of_the_card(asked: dict[str, Any]) -> None:
    plan = derive(load(asked), "test")
    told = {decision.key: decision.reason for decision in plan.decisions}
    assert f"{int(24 * 1024 * 0.93 * 0.9)} MiB for models" in told["models.context"]


@pytest.mark.parametrize(("count", "able"), [(3, 2), (5, 4), (16, 8)])
def test_heads_have_to_divide(asked: dict[str, Any], count: int, able: int) -> None:
    [refusal] = refusals({**asked, "gpus": count})
    assert refusal.wanted == f"heads of qwen3:8b that {count} cards of machine main share evenly"
    assert f"nearest is `gpus: {able}`" in refusal.todo


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_heads_that_divide_are_planned(asked: dict[str, Any], count: int) -> None:
    assert not refusals({**asked, "gpus": count})


def test_a_model_without_files_is_refused_with_what_to_do(asked: dict[str, Any]) -> None:
    [refusal] = refusals({**asked, "pin": {"engine": "vllm"}})
    assert refusal.wanted == "files for qwen3:8b on vllm whose sha256 is known"
    assert "config.json" in refusal.todo and "pin: {model_files: {'qwen3:8b':" in refusal.todo


def test_the_catalogues_own_folder_is_planned_whole(asked: dict[str, Any]) -> None:
    own = {**asked, "models": ["qwen2.5:7b"], "pin": {"engine": "vllm"}}
    [model] = derive(load(own), "test").models
    assert len({file.file for file in model.files}) == 11
    assert all(file.file.startswith("qwen2.5-7b/") for file in model.files)
    assert {"config.json", "tokenizer.json", "model.safetensors.index.json"} < {
        file.file.rpartition("/")[2] for file in model.files
    }
    assert 15_231_233_024 < sum(file.size for file in model.files if file.file.endswith(".safetensors")) < model.size
    assert model.context <= 32_768


def test_no_longer_requests_than_its_files_are_made_for(asked: dict[str, Any]) -> None:
    long = {**asked, "models": ["qwen2.5:7b"], "gpu": "H100 PCIe"}
    with pytest.raises(EigenherdError, match=r"pin\.context: at most 32768"):
        derive(load({**long, "pin": {"engine": "vllm", "context": 65_536}}), "test")
    assert derive(load({**long, "pin": {"context": 65_536}}), "test").models[0].context == 65_536


def test_its_compiler_is_in_its_lock(asked: dict[str, Any]) -> None:
    told = {decision.key: decision.value for decision in derive(load(asked), "test").decisions}
    assert told["machine.main.driver.toolkit"] == "nvidia-cuda-nvcc 13.0.88"


def test_without_a_card_it_is_refused(sandbox: dict[str, Any]) -> None:
    found = refusals({**sandbox, "pin": {"engine": "vllm"}})
    assert any("built for NVIDIA cards" in refusal.found for refusal in found)


def test_a_card_that_is_too_old_is_refused(asked: dict[str, Any]) -> None:
    found = refusals({**asked, "gpu": "V100 SXM2 32 GB"})
    assert any("7.5 or newer" in refusal.wanted for refusal in found)


def test_two_models_are_one_too_many(asked: dict[str, Any]) -> None:
    found = refusals({**asked, "models": ["qwen3:8b", "qwen3:4b"]})
    assert any("which serves one" in refusal.found for refusal in found)


@pytest.mark.parametrize(
    ("name", "listed", "engine", "words"),
    [
        ("qwen3:8b", files("model.safetensors"), "vllm", "`config.json` and files *.safetensors among them"),
        ("qwen3:8b", files("config.json", "model.bin"), "vllm", "among them"),
        ("qwen3:8b", [*WHOLE, WHOLE[0]], "vllm", "every file once"),
        ("qwen3:4b", WHOLE, "vllm", "a model under `models`"),
        ("qwen3:8b", WHOLE, "ollama", "only where vLLM or llama.cpp is the engine"),
    ],
)
def test_files_that_fit_nothing_are_refused(
    asked: dict[str, Any], name: str, listed: list[dict[str, Any]], engine: str, words: str
) -> None:
    found = refusals({**asked, "pin": {"engine": engine, "model_files": {name: listed}}})
    assert any(words in refusal.wanted for refusal in found)


@pytest.mark.parametrize("file", ["../config.json", "a/b", ".hidden", ""])
def test_a_file_is_a_name_in_the_folder(asked: dict[str, Any], file: str) -> None:
    wrong = [{**WHOLE[0], "file": file}, *WHOLE[1:]]
    with pytest.raises(SpecError, match="a file's name"):
        load({**asked, "pin": {"engine": "vllm", "model_files": {"qwen3:8b": wrong}}})
