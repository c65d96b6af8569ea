"""Plans and handovers are frozen values that survive their way through a pipe."""

import io
import json
from typing import Any

import pytest
from pydantic import ValidationError

from plan.derive import derive
from plan.environment import load
from plan.machine import Handover, Machine, Secrets
from plan.plan import Plan


@pytest.fixture
def pair() -> Plan:
    machines = {"door": {"provider": "sandbox"}, "more": {"provider": "sandbox", "roles": ["engine"]}}
    return derive(load({"machines": machines, "models": ["smollm2:135m"], "clients": ["demo"]}), "pair")


@pytest.fixture
def handover(pair: Plan) -> Handover:
    machines = tuple(
        Machine(
            name=planned.name,
            instance=f"instance-{planned.name}",
            state="running",
            address=f"10.0.0.{number}",
            ipv6=f"fd00::{number}",
            private_address=f"10.0.0.{number}",
            port=22,
            user="root",
            sudo=False,
            host_keys=("ssh-ed25519 AAAA",),
        )
        for number, planned in enumerate(pair.machines, start=2)
    )
    secrets = Secrets(
        ca_certificate="PEM", ca_key="PEM", certificate="", certificate_key="", clients={"demo": "eh-" + "0" * 48}
    )
    return Handover(plan=pair, machines=machines, secrets=secrets, folder="/stack")


def test_a_plan_survives_json(pair: Plan) -> None:
    again = Plan.model_validate_json(pair.model_dump_json())
    assert again == pair
    assert again.digest() == pair.digest()
    assert again.part_digests() == pair.part_digests()


def test_a_handover_survives_the_pipe(handover: Handover) -> None:
    again = Handover.read(io.StringIO(handover.model_dump_json()))
    assert again == handover
    assert again.gateway.name == "door"
    assert [machine.name for machine in again.with_role("engine")] == ["door", "more"]
    assert again.url == "https://10.0.0.2/v1"


def test_values_are_frozen(handover: Handover) -> None:
    with pytest.raises(ValidationError):
        handover.plan.stack = "other"
    with pytest.raises(ValidationError):
        handover.secrets.ca_key = "other"


def test_unknown_fields_of_another_version_are_refused(handover: Handover) -> None:
    text: dict[str, Any] = json.loads(handover.model_dump_json())
    text["plan"]["engine"]["nice"] = 5
    with pytest.raises(ValidationError):
        Handover.model_validate(text)


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("", 443, "https://10.0.0.2/v1"),
        ("ki.lan", 8443, "https://ki.lan:8443/v1"),
        ("fd00::2", 443, "https://[fd00::2]/v1"),
    ],
)
def test_the_url_follows_host_and_port(handover: Handover, host: str, port: int, url: str) -> None:
    gateway = handover.plan.gateway.model_copy(update={"host": host, "port": port})
    plan = handover.plan.model_copy(update={"gateway": gateway})
    assert handover.model_copy(update={"plan": plan}).url == url
