"""Ollama on Debian 13: the same model under the same name, in a store that the engine cannot change."""

import json
from collections.abc import Iterator

import pytest

from stacks.sandbox import scratch
from tests.integration.deployed import Deployed, add_machine, plan_of
from tools import mirror

pytestmark = pytest.mark.machine

STACK = "ollama-test"
STORE = "/var/lib/eigenherd/ollama"
MODELS = "/var/lib/eigenherd/models"
ENGINE = "http://127.0.0.1:11434"
REPEAT = [
    {"role": "user", "content": "Repeat: 4821"},
    {"role": "assistant", "content": "4821"},
    {"role": "user", "content": "Repeat: 7305"},
]


@pytest.fixture(scope="module")
def ollama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    try:
        mirror.fill(plan_of(STACK, "ollama"))
        machine = add_machine(STACK, tmp_path_factory.mktemp(STACK), plan_of(STACK, "ollama"))
        first = machine.deploy()
        assert first.code == 0, first.text
        yield machine
    finally:
        scratch.remove(STACK)


def test_a_second_run_changes_nothing(ollama: Deployed) -> None:
    assert ollama.deploy().summary["changed"] == 0


def test_the_model_answers_through_the_gateway(ollama: Deployed) -> None:
    asked = {"model": "smollm2:135m", "messages": REPEAT, "max_tokens": 8, "temperature": 0}
    text, code = ollama.ask("demo", "/chat/completions", "-d", json.dumps(asked)).rsplit("\n", 1)
    assert code == "200"
    assert "7305" in json.loads(text)["choices"][0]["message"]["content"]


def test_its_name_is_the_only_one(ollama: Deployed) -> None:
    text, _ = ollama.ask("demo", "/models").rsplit("\n", 1)
    assert [model["id"] for model in json.loads(text)["data"]] == ["smollm2:135m"]


@pytest.mark.parametrize(
    "asked",
    [
        '-X DELETE /api/delete -d \'{"model":"smollm2:135m"}\'',
        '/api/create -d \'{"model":"other","from":"smollm2:135m"}\'',
        '/api/copy -d \'{"source":"smollm2:135m","destination":"other"}\'',
    ],
    ids=["delete", "create", "copy"],
)
def test_not_even_the_machines_own_users_change_its_models(ollama: Deployed, asked: str) -> None:
    words = asked.replace("/api", f"{ENGINE}/api")
    assert "read-only" in ollama.ssh(f"curl -s {words}") or "permission denied" in ollama.ssh(f"curl -s {words}")
    assert ollama.differences() == []


def test_the_model_is_held_once(ollama: Deployed) -> None:
    sha256 = ollama.handover.plan.models[0].artifact.sha256
    link = ollama.ssh(f"readlink {STORE}/blobs/sha256-{sha256}")
    assert link == f"{MODELS}/{ollama.handover.plan.models[0].artifact.file}"


def test_a_second_model_is_served_beside_it_and_goes_again(ollama: Deployed) -> None:
    plan = ollama.handover.plan
    two = plan.model_copy(update={"models": (*plan.models, plan.models[0].model_copy(update={"name": "other:1b"}))})
    assert ollama.deploy(handover=ollama.handover.model_copy(update={"plan": two})).code == 0
    asked = {"model": "other:1b", "messages": REPEAT, "max_tokens": 8, "temperature": 0}
    assert "7305" in ollama.ask("demo", "/chat/completions", "-d", json.dumps(asked))
    assert ollama.deploy().code == 0
    text, _ = ollama.ask("demo", "/models").rsplit("\n", 1)
    assert [model["id"] for model in json.loads(text)["data"]] == ["smollm2:135m"]


def test_a_damaged_store_is_drift_and_made_anew(ollama: Deployed) -> None:
    ollama.ssh(f"rm {STORE}/manifests/registry.ollama.ai/library/smollm2/135m")
    assert "Store of just these models" in " ".join(ollama.differences())
    assert ollama.deploy().code == 0
    assert ollama.differences() == []


def test_a_damaged_model_file_is_drift_and_fetched_anew(ollama: Deployed) -> None:
    [model] = ollama.handover.plan.models
    ollama.ssh(f"printf x | dd of={MODELS}/{model.artifact.file} bs=1 seek=5000 conv=notrunc status=none")
    assert any("smollm2" in difference for difference in ollama.differences())
    assert ollama.deploy().code == 0
    assert ollama.ssh(f"sha256sum {MODELS}/{model.artifact.file}").startswith(model.artifact.sha256)
    assert ollama.differences() == []


def test_llama_cpp_takes_its_place_and_leaves_nothing_of_it(ollama: Deployed) -> None:
    plan = plan_of(STACK).model_copy(update={"machines": ollama.handover.plan.machines})
    after = ollama.handover.model_copy(update={"plan": plan})
    done = ollama.deploy(handover=after)
    assert done.code == 0, done.text
    assert "llama_server.py" in ollama.ssh("systemctl show eigenherd-engine -p ExecStart")
    assert ollama.ssh(f"ls -d /opt/eigenherd/ollama-* {STORE} /etc/eigenherd/ollama.json 2>/dev/null || true") == ""
    text, _ = ollama.ask("demo", "/models").rsplit("\n", 1)
    assert [model["id"] for model in json.loads(text)["data"]] == ["smollm2:135m"]
