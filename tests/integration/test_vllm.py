"""vLLM's unit, flags, files and closed routes on a machine, with a program in its place: there is no card there."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest

from deploy.engines.vllm import LAUNCHER
from deploy.facts.python import MARKER
from plan import catalog
from plan.derive.torch import locked
from plan.plan import Artifact, Engine, Gpu, Plan, Wheel
from stacks.sandbox import scratch
from tests.integration.deployed import ROOT, Deployed, add_machine, plan_of
from tools import mirror
from verify.routes import DANGEROUS, DISGUISED, OPENAI, UNKNOWN

pytestmark = pytest.mark.machine

STACK = "engines-vllm"
ENGINE_HOME = "/var/lib/eigenherd/engine"
MODELS = "/var/lib/eigenherd/models"
FOLDER = "vllm-test-135m"
CARDS = Gpu(name="L40S", vram_gib=48, bandwidth_gbs=864, compute_capability="8.9", count=2)
STANDIN = ROOT / "tests" / "standins" / "vllm.py"
# A small file that any computer has: what matters is that it is locked, and lies where it belongs.
TOKENIZER = Artifact(
    file=f"{FOLDER}/tokenizer.json",
    size=165_012,
    sha256="4040ca1a1ecbee00d1385c12a93084d1c5bd46f0b774f07e5ae7e91c4f55e696",
    licence="PSF-2.0",
    wheel=Wheel(
        package="typing-extensions",
        version="4.16.0",
        sha256="481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
        size=45_571,
        member="typing_extensions.py",
    ),
)


def plan_with_vllm() -> Plan:
    """Two cards for its flags; but the engine's device is the CPU, or its unit would wait for them at the gate."""
    plan = plan_of(STACK)
    [model] = plan.models
    weights = model.artifact.model_copy(update={"file": f"{FOLDER}/model.safetensors"})
    row = catalog.engine("vllm")
    small = locked(catalog.python("llama_cpp")).model_copy(update={"name": "vllm"})
    engine = Engine(
        name=row.name,
        version=row.version,
        port=row.port,
        user=row.user,
        device="cpu",
        build="cpu",
        vram_share=row.vram_share,
        python=small,
    )
    served = model.model_copy(update={"artifact": weights, "beside": (TOKENIZER,)})
    [machine] = plan.machines
    changes = {"engine": engine, "models": (served,), "machines": (machine.model_copy(update={"gpu": CARDS}),)}
    return plan.model_copy(update=changes)


def stand_in(machine: Deployed) -> None:
    """An environment that looks as if it was installed from the planned lock, with the stand-in in it."""
    python = machine.handover.plan.engine.python
    assert python
    home = "/opt/eigenherd/environments/vllm.standin"
    machine.ssh(
        f"set -e; mkdir -p {home}; command -v python3 >/dev/null || apt-get -qq install python3-minimal;"
        f" python3 -m venv --without-pip {home}; cd {home};"
        f" mkdir -p $(ls -d lib/python3*/site-packages)/standin-1.dist-info;"
        f" {{ echo {python.lock_sha256}; ls -d lib/python3*/site-packages/*.dist-info; }} >{MARKER};"
        f" ln -sfn {home} /opt/eigenherd/vllm"
    )
    machine.ssh(f"cat >{home}/bin/vllm && chmod 755 {home}/bin/vllm", text=STANDIN.read_text())


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    plan = plan_with_vllm()
    try:
        mirror.fill(plan)
        machine = add_machine(STACK, tmp_path_factory.mktemp(STACK), plan)
        stand_in(machine)
        first = machine.deploy()
        assert first.code == 0, first.text
        yield machine
    finally:
        scratch.remove(STACK)
        shutil.rmtree(mirror.CACHE / "models" / FOLDER, ignore_errors=True)


def started(machine: Deployed) -> dict[str, object]:
    found: dict[str, object] = json.loads(machine.ssh(f"cat {ENGINE_HOME}/started.json"))
    return found


def test_a_second_run_changes_nothing(vllm: Deployed) -> None:
    assert vllm.deploy().summary["changed"] == 0


def test_it_was_started_as_planned_and_found_its_files(vllm: Deployed) -> None:
    found = started(vllm)
    [model] = vllm.handover.plan.models
    words = found["words"]
    assert isinstance(words, list) and words[:2] == ["serve", f"{MODELS}/{FOLDER}"]
    assert words[words.index("--tensor-parallel-size") + 1] == "2"
    assert words[words.index("--max-model-len") + 1] == str(model.context)
    assert words[words.index("--max-num-seqs") + 1] == str(model.slots)
    assert words[words.index("--gpu-memory-utilization") + 1] == "0.9"
    assert found["first"] == {"model.safetensors": b"GGUF".hex(), "tokenizer.json": b"impo".hex()}
    environment = found["environment"]
    assert isinstance(environment, dict) and environment["HF_HUB_OFFLINE"] == environment["DO_NOT_TRACK"] == "1"


def test_it_answers_through_the_gateway_and_nothing_else_of_it_is_reached(vllm: Deployed) -> None:
    vllm.ssh(f"rm -f {ENGINE_HOME}/asked")
    codes = {}
    for route in (*OPENAI, *DANGEROUS, *DISGUISED, *UNKNOWN):
        options = ["-X", route.method] if route.method != "HEAD" else ["--head"]
        options += ["-d", "{}"] if route.method == "POST" else []
        command = vllm.curl("demo", "", *options, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}")
        command[-1] = vllm.handover.url.removesuffix("/v1") + route.path
        codes[route] = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    asked = vllm.ssh(f"sort -u {ENGINE_HOME}/asked").splitlines()
    assert asked == sorted(f"{route.method} {route.path}" for route in OPENAI)
    assert {route for route, code in codes.items() if code == "200"} == set(OPENAI)


def test_what_it_listens_on_beside_is_reached_from_nowhere(vllm: Deployed) -> None:
    """On the machine the port is open on all interfaces, as that of torch's TCPStore is."""
    port = started(vllm)["store"]
    assert isinstance(port, int) and f"0.0.0.0:{port}" in vllm.ssh("ss -Hltn")
    with pytest.raises(OSError, match=r"timed out|refused|unreachable"):
        socket.create_connection((vllm.handover.machines[0].address, port), timeout=3)


def test_a_lost_file_of_the_model_is_drift_and_fetched_anew(vllm: Deployed) -> None:
    vllm.ssh(f"rm {MODELS}/{TOKENIZER.file}")
    assert any(TOKENIZER.file in difference for difference in vllm.differences())
    assert vllm.deploy().code == 0
    assert vllm.ssh(f"sha256sum {MODELS}/{TOKENIZER.file}").startswith(TOKENIZER.sha256)
    assert vllm.differences() == []


def test_llama_cpp_takes_its_place_and_leaves_nothing_of_it(vllm: Deployed) -> None:
    after = vllm.handover.model_copy(update={"plan": plan_of(STACK)})
    done = vllm.deploy(handover=after)
    assert done.code == 0, done.text
    assert "llama_server.py" in vllm.ssh("systemctl show eigenherd-engine -p ExecStart")
    left = f"ls -d /opt/eigenherd/vllm {LAUNCHER} {MODELS}/{FOLDER} 2>/dev/null || true"
    assert vllm.ssh(left) == ""
