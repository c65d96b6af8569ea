"""llama.cpp really compiled for a card, on a machine that has none: hours on two cores, so only in a sweep.

`pytest --sweep tests/integration/test_llama_build.py`. What is built starts, computes on the CPU when told so, and with
the plan's own words refuses to start; the gate keeps its unit down. Nothing here runs on a card.
"""

import json
from collections.abc import Iterator

import pytest

from deploy import llama_build
from deploy.models import model_path
from plan.plan import Gpu, Plan
from stacks.sandbox import scratch
from tests.integration.deployed import Answer, Deployed, add_machine, plan_of
from tests.integration.test_llama_cuda import engine_for_cards
from tools import mirror

pytestmark = [pytest.mark.machine, pytest.mark.sweep]

STACK = "llama-build"
CARD = Gpu(name="RTX 4090", vram_gib=24, bandwidth_gbs=1008, compute_capability="8.9")
LONG_S = 8 * 3600
PORT = 18100


def plan_with_a_card() -> Plan:
    """As `pin: {engine: llama_cpp}` on a card makes it, with the small model; torch's gigabytes are left out."""
    plan = plan_of(STACK)
    [machine] = plan.machines
    engine = engine_for_cards(device="cuda")
    return plan.model_copy(update={"engine": engine, "machines": (machine.model_copy(update={"gpu": CARD}),)})


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployed, Answer]]:
    plan = plan_with_a_card()
    try:
        mirror.fill(plan)
        machine = add_machine(STACK, tmp_path_factory.mktemp(STACK), plan)
        yield machine, machine.deploy(timeout_s=LONG_S)
    finally:
        scratch.remove(STACK)


def program(machine: Deployed) -> str:
    return f"{llama_build.home(machine.handover.plan.engine)}/bin/{llama_build.TARGET}"


def test_it_is_built_and_the_gate_keeps_it_down(deployed: tuple[Deployed, Answer]) -> None:
    machine, answer = deployed
    assert answer.code == 1 and "FAILED: Engine | GPU gate | The GPU is as planned" in answer.text, answer.text
    assert answer.summary["reason"].endswith(": no NVIDIA cards on the PCI bus, 1 x RTX 4090 planned")
    assert " files compiled, " in answer.text, "signs of life"
    home = llama_build.home(machine.handover.plan.engine)
    built = json.loads(machine.ssh(f"cat {home}/built.json"))
    assert "version: 11549" in built["says"] and built["options"]["CMAKE_CUDA_ARCHITECTURES"] == "89-real"
    assert machine.ssh("ls -d /opt/eigenherd/llama_cpp-*") == home
    assert machine.ssh("systemctl is-active eigenherd-engine || true") == "inactive"


def test_a_second_run_builds_nothing(deployed: tuple[Deployed, Answer]) -> None:
    machine, _ = deployed
    assert not [difference for difference in machine.differences() if "llama.cpp" in difference]


def test_it_starts_without_a_card_and_finds_none(deployed: tuple[Deployed, Answer]) -> None:
    machine, _ = deployed
    said = machine.ssh(f"{program(machine)} --list-devices 2>&1")
    assert "CUDA0" not in said, said
    assert "not found" not in machine.ssh(f"ldd {program(machine)}")


def test_with_the_plans_words_it_refuses(deployed: tuple[Deployed, Answer]) -> None:
    machine, _ = deployed
    words = llama_build.command_of_built(machine.handover, machine.handover.machines[0])
    quoted = " ".join(f"'{word}'" for word in words[words.index("--") + 1 :])
    said = machine.ssh(f"{quoted} --host /run/llama.sock 2>&1; echo code $?", ok=False)
    assert "invalid device: CUDA0" in said and said.endswith("code 1"), said


def test_told_so_it_computes_on_the_cpu(deployed: tuple[Deployed, Answer]) -> None:
    machine, _ = deployed
    [model] = machine.handover.plan.models
    words = f"--model {model_path(model.artifact.file)} --alias {model.name} --ctx-size 2048 --parallel 1"
    words += f" --device none --gpu-layers 0 --host 127.0.0.1 --port {PORT} --no-ui --offline"
    machine.ssh(f"systemd-run --quiet --unit llama-on-the-cpu {program(machine)} {words}")
    question = {"messages": [{"role": "user", "content": "What is the capital of Germany?"}], "max_tokens": 16}
    body = json.dumps({"model": model.name, "temperature": 0, **question})
    url = f"http://127.0.0.1:{PORT}/v1/chat/completions"
    answer = machine.ssh(f"curl -sS --fail --retry 60 --retry-delay 1 --retry-all-errors -d '{body}' {url}")
    assert "Berlin" in json.loads(answer)["choices"][0]["message"]["content"]
