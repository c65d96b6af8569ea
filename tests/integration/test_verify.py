"""`python -m verify` on a real machine: it passes, leaves a report, and survives a reboot.

What turns it red is in tests/faults/test_verification.py.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.sandbox import scratch
from tests.integration.deployed import Deployed, add_machine

pytestmark = pytest.mark.machine

STACK = f"test-verify-{os.getpid()}"


@pytest.fixture(scope="module")
def deployed(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    made = add_machine(STACK, tmp_path_factory.mktemp(STACK), layer=layer)
    try:
        first = made.deploy()
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


def test_preflight_and_verification_pass_and_leave_a_report(deployed: Deployed) -> None:
    for options in (("--stage", "preflight"), ()):
        answer = deployed.verify(*options)
        assert answer.code == 0, answer.text
        assert answer.summary["verdict"] == "passed"
    facts = json.loads(Path(answer.summary["report"]).with_suffix(".json").read_text())
    outcomes = {result["check"]: result["outcome"] for result in facts["results"]}
    assert outcomes["gpu_present"] == "skipped" and outcomes["streaming"] == outcomes["torch_exact"] == "passed"
    assert not [name for name, said in outcomes.items() if said not in {"passed", "skipped"}]
    everything = answer.text + json.dumps(facts)
    assert not [key for key in deployed.handover.secrets.clients.values() if key in everything]


def test_it_survives_a_reboot(deployed: Deployed) -> None:
    answer = deployed.verify("--stage", "disruptive", "--parts", "system")
    assert answer.code == 0, answer.text
    assert any(line.split()[1:3] == ["reboot", "passed"] for line in answer.text.splitlines())
