"""The whole job on a rented server: `eigenherd up` from nothing to an answer, against a fake of Robot."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from plan.derive import derive
from plan.environment import load
from tests.checkouts import Checkout
from tests.integration.rented import PASSWORD, USER, FakeRobot, pid_name
from tools import mirror

pytestmark = pytest.mark.machine

STACK, LAND = "robot-fake", pid_name("robot-fake-land")
N = 2345679
ASKED = {
    "machine": {"provider": "robot", "server": N, "reinstall": True, "wipe": N},
    "gpu": "none",
    "models": ["smollm2:135m"],
    "gateway": {"allow": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]},
    "packages": {"mirror": "/srv/eigenherd/mirror"},
    "clients": ["demo"],
}


@pytest.fixture(scope="module")
def stack(checkout: Checkout, layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """What installimage installs stands on the deployed layer, as most tests' machines do."""
    fake = FakeRobot(tmp_path_factory.mktemp("robot") / "books", LAND, layer)
    mirror.fill(derive(load(ASKED), STACK))
    try:
        fake.start()
        fake.control("servers", number=N, product="GEX131", dc="NBG1-DC3")
        checkout.environment(STACK, ASKED)
        file = checkout.path / "stacks" / f"Pulumi.{STACK}.yaml"
        checkout.pulumi("stack", "init", STACK)
        content = yaml.safe_load(file.read_text())
        content["config"] |= {"eigenherd:robotUser": USER, "eigenherd:robotEndpoint": fake.url}
        file.write_text(yaml.safe_dump(content))
        checkout.pulumi("config", "set", "--secret", "eigenherd:robotPassword", PASSWORD, "--stack", STACK)
        yield checkout
    finally:
        try:
            checkout.eigenherd("down", STACK)
            checkout.pulumi("stack", "rm", "--yes", STACK)
        finally:
            fake.end()


def test_up_ends_with_an_answer_and_a_second_one_changes_nothing(stack: Checkout) -> None:
    printed = stack.eigenherd("up", STACK)
    assert "boots its rescue system" in printed and "installing debian-12" in printed
    assert f"{STACK} is verified" in printed and "What is the capital of Germany?" in printed
    assert PASSWORD not in printed
    [machine] = stack.handover(STACK).machines
    assert f"{STACK}-main" in stack.ssh(STACK, "main", "hostname")
    again = stack.pulumi("up", "--yes", "--skip-preview", "--stack", STACK)
    assert re.search(r"\d+ unchanged", again) and not re.search(r"created|updated|replaced|deleted", again), again
    assert stack.handover(STACK).machines == (machine,)
    state = [path for path in (stack.path / ".eigenherd").rglob("*") if path.is_file()]
    assert not [path for path in state if PASSWORD.encode() in path.read_bytes()]


def test_a_reinstalled_server_is_deployed_to_verified_and_has_the_same_keys(stack: Checkout) -> None:
    before = stack.handover(STACK)
    file = stack.path / "stacks" / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["eigenherd:environment"]["machine"]["generation"] = 2
    file.write_text(yaml.safe_dump(content))
    printed = stack.eigenherd("up", STACK)
    after = stack.handover(STACK)
    assert f"{STACK} is verified" in printed
    assert after.machines[0].instance != before.machines[0].instance
    assert after.machines[0].host_keys == before.machines[0].host_keys and after.secrets == before.secrets
    assert Path(after.folder).exists()
