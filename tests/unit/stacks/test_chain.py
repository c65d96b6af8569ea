"""The chain: one test an edge. What changes makes the stage after it run again, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest

from plan.machine import Handover
from plan.plan import Client
from stacks import stage
from stacks.dynamic.deployment import DeploymentProvider
from stacks.dynamic.preflight import PreflightProvider
from stacks.dynamic.secret import SecretProvider
from stacks.dynamic.verification import VerificationProvider

Change = Callable[[Handover], Handover]


def same(handover: Handover) -> Handover:
    return handover


def rebuilt(handover: Handover) -> Handover:
    machine = handover.machines[0].model_copy(update={"instance": "second"})
    return handover.model_copy(update={"machines": (machine,)})


def started_again(handover: Handover) -> Handover:
    machine = handover.machines[0].model_copy(update={"started": "again"})
    return handover.model_copy(update={"machines": (machine,)})


def one_client_more(handover: Handover) -> Handover:
    clients = (*handover.plan.clients, Client(name="anna"))
    return handover.model_copy(update={"plan": handover.plan.model_copy(update={"clients": clients})})


def longer_context(handover: Handover) -> Handover:
    models = tuple(model.model_copy(update={"context": 2048}) for model in handover.plan.models)
    return handover.model_copy(update={"plan": handover.plan.model_copy(update={"models": models})})


def new_key(handover: Handover) -> Handover:
    secrets = handover.secrets.model_copy(update={"clients": {"demo": "eh-other"}})
    return handover.model_copy(update={"secrets": secrets})


@pytest.mark.parametrize("provider", [PreflightProvider(), DeploymentProvider()])
@pytest.mark.parametrize("change", [rebuilt, started_again, one_client_more, longer_context, new_key])
def test_a_changed_handover_is_looked_at_and_deployed(handover: Handover, provider: Any, change: Change) -> None:
    olds = {"handover": handover.model_dump_json(), "code": "a"}
    assert provider.diff("", olds, {**olds, "handover": change(handover).model_dump_json()}).changes
    assert provider.diff("", olds, {**olds, "code": "b"}).changes
    assert not provider.diff("", olds, dict(olds)).changes


@pytest.mark.parametrize("changed", ["handover", "deployed", "mended", "deployed_code", "code"])
def test_each_input_of_the_verification_verifies_again(changed: str) -> None:
    olds = {"handover": "h", "deployed": "r1", "mended": "", "deployed_code": "d", "code": "v"}
    assert VerificationProvider().diff("", olds, {**olds, changed: "new"}).changes
    assert not VerificationProvider().diff("", olds, dict(olds)).changes


@pytest.mark.parametrize(
    ("change", "codes", "parts"),
    [
        (one_client_more, {}, "clients"),
        (longer_context, {}, "models"),
        (rebuilt, {}, None),
        (started_again, {}, None),
        (same, {}, None),
        (one_client_more, {"code": "new"}, None),
        (one_client_more, {"deployed_code": "new"}, None),
        (one_client_more, {"mended": "r2"}, None),
    ],
)
def test_a_verification_judges_what_changed(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, change: Change, codes: dict[str, str], parts: str | None
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(
        stage, "hand_over", lambda arguments, _: asked.append(arguments) or {"report": "r", "verdict": "passed"}
    )
    codes_before = {"mended": "", "deployed_code": "d", "code": "v"}
    olds = {"handover": handover.model_dump_json(), "deployed": "r1", "failing": [], **codes_before}
    news = {**olds, "deployed": "r2", "handover": change(handover).model_dump_json(), **codes}
    VerificationProvider().update("", olds, news)
    assert asked == [["verify", *(["--parts", parts] if parts else [])]]


def test_every_deployment_has_a_run_of_its_own(handover: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "hand_over", lambda *_: {"changed": 0})
    props = {"handover": handover.model_dump_json(), "code": "a"}
    provider = DeploymentProvider()
    created, updated = provider.create(props).outs, provider.update("", props, props).outs
    assert created and updated and created["run"] != updated["run"]


def test_a_secret_changes_only_with_its_identity() -> None:
    olds = {"kind": "token", "generation": 1, "host": "", "private": "p", "public": ""}
    news = {"kind": "token", "generation": 1, "host": "", "private": None, "public": None}
    assert not SecretProvider().diff("", olds, news).changes
    rotated = SecretProvider().diff("", olds, {**news, "generation": 2})
    assert rotated.changes and rotated.replaces == ["generation"]


def test_a_simulated_verdict_is_kept_as_such(handover: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    """`up` goes on, and the state does not say that it passed."""
    monkeypatch.setattr(stage, "hand_over", lambda *_: {"report": "r", "verdict": "simulated"})
    given = {"handover": handover.model_dump_json()}
    props = dict.fromkeys(("deployed", "mended", "deployed_code", "code"), "a") | given
    outs = VerificationProvider().create(props).outs or {}
    assert (outs["verdict"], outs["failing"]) == ("simulated", [])
