"""vLLM in a plan: pinned, from a folder of files, over cards that share the heads; and what is refused."""

from typing import Any

import pytest

from plan import catalog
from plan.derive import choose, derive
from plan.disk import needs_mib
from plan.environment import load
from plan.errors import EigenherdError
from plan.ledger import Ledger
from plan.plan import Plan
from tests.unit.plan.folders import FILES, asked, known, row


@pytest.fixture
def folder(office: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An environment with vLLM whose model's files are known."""
    known(monkeypatch, row())
    return asked(office)


def explained(environment: dict[str, Any]) -> dict[str, tuple[str, str]]:
    ledger = Ledger()
    choose(load(environment), "test", ledger)
    return {decision.key: (decision.value, decision.reason) for decision in ledger.decisions}


def test_it_is_planned_whole(folder: dict[str, Any]) -> None:
    plan = derive(load(folder), "test")
    [model] = plan.models
    assert (plan.engine.name, plan.engine.version, plan.engine.memory_share) == ("vllm", "0.33.0", 0.9)
    assert plan.engine.python and plan.engine.python.cuda == "13.0"
    assert plan.engine.archive is None
    assert [file.name for file in model.files] == list(FILES)
    assert model.size == sum(file.size for file in model.files) > 16_000_000_000
    assert needs_mib(plan, plan.machines[0]) > model.size / 2**20 + plan.engine.python.installed_mib


def test_the_plan_survives_the_pipe(folder: dict[str, Any]) -> None:
    plan = derive(load(folder), "test")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_each_choice_is_explained(folder: dict[str, Any]) -> None:
    told = explained({**folder, "gpus": 2})
    assert "not yet run on hardware" in told["engine.version"][1]
    assert told["engine.memory_share"][0] == "90% of each card's memory"
    assert told["machine.main.spread"][0] == "by tensors over 2 cards"
    assert "tensor parallelism" in told["machine.main.spread"][1]
    assert told["machine.main.driver.toolkit"] == (
        "nvidia-cuda-nvcc 13.0.88",
        "vllm compiles on the machine; the compiler is in its lock",
    )
    assert {f"model.qwen3:8b.{name}" for name in FILES[1:]} < told.keys()


def test_two_cards_hold_what_one_does_not(folder: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, row("llama3.3:70b", 36_000_000_000))
    large = {**folder, "models": ["llama3.3:70b"]}
    with pytest.raises(EigenherdError, match=r"llama3\.3:70b with"):
        derive(load(large), "test")
    assert derive(load({**large, "gpus": 4}), "test").models[0].name == "llama3.3:70b"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gpus": 3}, r"over 3 cards by tensor parallelism: found 8 key and value heads[\s\S]*nearest is `gpus: 2`"),
        ({"gpus": 12}, r"over 12 cards[\s\S]*nearest is `gpus: 8`[\s\S]*ollama spreads by layers"),
        ({"gpu": "none"}, "an engine that computes on the CPU"),
        ({"gpu": "V100 SXM2 32 GB"}, "compute capability 7.5 or newer, for vLLM"),
        ({"models": ["qwen3:8b", "qwen3:0.6b"]}, "2 models from one engine"),
        (
            {"models": ["gpt-oss:20b"]},
            "a folder of safetensors for gpt-oss:20b on vllm whose sha256 is known: found none in the catalogue\n"
            r"  -> the nearest model that has one is `qwen3:8b`; gpt-oss:20b has one for `ollama`: leave",
        ),
    ],
)
def test_what_cannot_be_is_refused(folder: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    with pytest.raises(EigenherdError, match=words):
        derive(load({**folder, **changes}), "test")


def test_the_catalogues_own_folder_is_planned_whole(office: dict[str, Any]) -> None:
    plan = derive(load({**asked(office), "models": ["qwen2.5:7b"]}), "test")
    [model] = plan.models
    assert len(model.files) == 11 and len({file.file for file in model.files}) == 11
    assert {"config.json", "tokenizer.json", "model.safetensors.index.json"} < {file.name for file in model.files}
    assert 15_231_233_024 < sum(file.size for file in model.files if file.name.endswith(".safetensors")) < model.size
    assert model.context <= 32_768


def test_no_longer_requests_than_its_files_are_made_for(office: dict[str, Any]) -> None:
    long = {**asked(office), "models": ["qwen2.5:7b"], "pin": {"engine": "vllm", "context": 65_536}}
    with pytest.raises(EigenherdError, match=r"pin\.context: at most 32768"):
        derive(load(long), "test")
    assert derive(load({**long, "gpu": "H100 PCIe", "pin": {"context": 65_536}}), "test").models[0].context == 65_536


def test_every_folder_in_the_catalogue_has_names_of_its_own() -> None:
    for one in catalog.artifacts():
        if one.others:
            names = [file.name for file in (one.artifact, *one.others)]
            assert all(names) and len(set(names)) == len(names)
            assert all(file.file.endswith(f".{file.name}") for file in (one.artifact, *one.others))


def test_without_any_folder_in_the_catalogue_it_says_what_to_do(
    office: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [one for one in catalog.artifacts() if "vllm" not in one.engines]
    monkeypatch.setattr(catalog, "artifacts", lambda: files)
    with pytest.raises(EigenherdError, match=r"for `ollama`: leave `pin\.engine` out") as caught:
        derive(load(asked(office)), "test")
    assert "plan/catalog/artifacts" in str(caught.value)


def test_a_simulated_card_computes_nothing(folder: dict[str, Any]) -> None:
    pretended = {**folder, "machine": {"provider": "sandbox", "simulated": True, "memory_gib": 64, "disk_gib": 200}}
    with pytest.raises(EigenherdError, match="which a simulated card needs as well"):
        derive(load(pretended), "test")
