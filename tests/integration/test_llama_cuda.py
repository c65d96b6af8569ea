"""llama.cpp for cards on a machine: its build, unit, flags and closed routes, with stand-ins for compiler and program.

The sources are the locked ones, from the package index. The real compiler has a long case: test_llama_build.py.
"""

import json
import subprocess
from collections.abc import Iterator

import pytest

from deploy import llama_build
from deploy.facts.python import MARKER
from plan import catalog
from plan.derive.torch import locked
from plan.machine import Handover
from plan.plan import Engine, Gpu, Plan
from stacks.sandbox import scratch
from tests.integration.deployed import ROOT, Deployed, add_machine, plan_of
from tools import mirror
from verify.routes import DANGEROUS, DISGUISED, OPENAI, UNKNOWN

pytestmark = pytest.mark.machine

STACK = "engines-llama-cuda"
ENGINE_HOME = "/var/lib/eigenherd/engine"
CARDS = Gpu(name="L40S", vram_gib=48, bandwidth_gbs=864, compute_capability="8.9", count=2)
HOME = "/opt/eigenherd/environments/llama_cpp_cuda.standin"
ERROR = "fattn.cu(12): error: identifier wmma is undefined"
STANDINS = ROOT / "tests" / "standins"


def engine_for_cards(device: str, **changes: object) -> Engine:
    """As the catalogue has it. device: cpu, and its unit does not wait for cards at the gate."""
    row = catalog.engine("llama_cpp")
    found = catalog.archive(row, "cuda")
    assert found
    values = {key: getattr(row, key) for key in ("name", "version", "port", "user")}
    values |= {"device": device, "build": "cuda", "archive": found.artifact}
    return Engine.model_validate({**values, "python": locked(catalog.python(row.compiler)), **changes})


def plan_with_cards(capability: str = "8.9") -> Plan:
    """Two cards for its flags, and a small environment in the compiler's place."""
    plan, small = plan_of(STACK), locked(catalog.python("llama_cpp"))
    engine = engine_for_cards("cpu", python=small.model_copy(update={"name": "llama_cpp_cuda"}))
    [machine] = plan.machines
    gpu = CARDS.model_copy(update={"compute_capability": capability})
    return plan.model_copy(update={"engine": engine, "machines": (machine.model_copy(update={"gpu": gpu}),)})


def stand_in(machine: Deployed) -> None:
    """An environment that looks as if it was installed from the planned lock, with a compiler's stand-in in it."""
    python = machine.handover.plan.engine.python
    assert python
    machine.ssh(
        f"set -e; mkdir -p {HOME}; command -v python3 >/dev/null || apt-get -qq install python3-minimal;"
        f" python3 -m venv --without-pip {HOME}; cd {HOME};"
        " mkdir -p lib/python3.11/site-packages/standin-1.dist-info;"
        f" {{ echo {python.lock_sha256}; ls -d lib/python3*/site-packages/*.dist-info; }} >{MARKER};"
        f" ln -sfn {HOME} /opt/eigenherd/{python.name}"
    )
    machine.ssh(f"sh -s {HOME}", text=(STANDINS / "toolkit.sh").read_text())
    machine.ssh(f"cat >{HOME}/server && chmod 755 {HOME}/server", text=(STANDINS / "llama_server.py").read_text())


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    plan = plan_with_cards()
    try:
        mirror.fill(plan)
        machine = add_machine(STACK, tmp_path_factory.mktemp(STACK), plan)
        stand_in(machine)
        first = machine.deploy()
        assert first.code == 0, first.text
        assert "3 of 3" not in first.text, "what ends at once needs no sign of life"
        yield machine
    finally:
        scratch.remove(STACK)


def started(machine: Deployed) -> dict[str, object]:
    found: dict[str, object] = json.loads(machine.ssh(f"cat {ENGINE_HOME}/started.json"))
    return found


def for_card(machine: Deployed, capability: str) -> Handover:
    return machine.handover.model_copy(update={"plan": plan_with_cards(capability)})


def test_a_second_run_changes_nothing(llama: Deployed) -> None:
    assert llama.deploy().summary["changed"] == 0


def test_it_was_built_for_the_planned_card_and_started_as_planned(llama: Deployed) -> None:
    built = json.loads(llama.ssh(f"cat {llama_build.home(llama.handover.plan.engine)}/built.json"))
    assert built["options"]["CMAKE_CUDA_ARCHITECTURES"] == "89-real" and built["says"] == "version: 0 (stand-in)"
    ours = json.loads(llama.ssh("cat /etc/eigenherd/manifest.json"))["paths"]
    assert {llama_build.home(llama.handover.plan.engine), llama_build.SOURCES, llama_build.BUILDS} <= ours.keys()
    found = started(llama)
    words, environment = found["words"], found["environment"]
    assert isinstance(words, list) and isinstance(environment, dict)
    assert words[words.index("--device") + 1] == "CUDA0,CUDA1"
    assert words[words.index("--cors-origins") + 1] == ""
    assert (
        environment["EIGENHERD_BUILD"]
        == llama_build.environment_of_built(llama.handover, llama.handover.machines[0])["EIGENHERD_BUILD"]
    )


def test_it_answers_through_the_gateway_for_its_model_and_nothing_else_of_it_is_reached(llama: Deployed) -> None:
    llama.ssh(f"rm -f {ENGINE_HOME}/asked")
    [model] = llama.handover.plan.models
    codes = {}
    for route in (*OPENAI, *DANGEROUS, *DISGUISED, *UNKNOWN):
        options = ["-X", route.method] if route.method != "HEAD" else ["--head"]
        options += ["-d", json.dumps({"model": model.name})] if route.method == "POST" else []
        command = llama.curl("demo", "", *options, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}")
        command[-1] = llama.handover.url.removesuffix("/v1") + route.path
        codes[route] = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    asked = llama.ssh(f"sort -u {ENGINE_HOME}/asked").splitlines()
    assert asked == sorted(f"{route.method} {route.path}" for route in OPENAI)
    assert {route for route, code in codes.items() if code == "200"} == set(OPENAI)
    other = llama.ask("demo", "/chat/completions", "-d", json.dumps({"model": "other:1b"}))
    assert other.endswith("404") and "model_not_found" in other


def test_its_unit_holds_relay_and_program_and_the_probe_sees_both(llama: Deployed) -> None:
    probe = (ROOT / "verify/probes/port_owner.py").read_text()
    home = llama_build.home(llama.handover.plan.engine)
    asked = {"port": llama.handover.plan.engine.port, "unit": "eigenherd-engine.service", "folder": "/usr/bin"}
    llama.ssh("cat >/run/port_owner.py", text=probe)
    [owner] = json.loads(llama.ssh("python3 /run/port_owner.py", text=json.dumps(asked)))["owners"]
    assert owner["in_unit"] and any("python3" in path for path in owner["planned"])
    pids = llama.ssh("cat /sys/fs/cgroup/system.slice/eigenherd-engine.service/cgroup.procs").split()
    lines = [llama.ssh(f"tr '\\0' ' ' </proc/{pid}/cmdline") for pid in pids]
    assert any(llama_build.LAUNCHER in line for line in lines) and any(
        f"{home}/bin/llama-server" in line for line in lines
    )


def test_a_program_that_was_changed_is_drift_and_built_anew(llama: Deployed) -> None:
    home = llama_build.home(llama.handover.plan.engine)
    llama.ssh(f"echo '# changed' >>{home}/bin/llama-server")
    assert any("llama.cpp" in difference for difference in llama.differences())
    assert llama.deploy().code == 0
    assert "# changed" not in llama.ssh(f"cat {home}/bin/llama-server")
    assert llama.differences() == []


def test_a_build_that_fails_says_why_and_the_program_of_before_serves_on(llama: Deployed) -> None:
    llama.ssh(f"echo '{ERROR}' >{HOME}/fails")
    failed = llama.deploy(handover=for_card(llama, "9.0"))
    assert failed.code != 0 and f"llama.cpp does not compile: {ERROR}" in failed.text
    [model] = llama.handover.plan.models
    assert llama.ask("demo", "/chat/completions", "-d", json.dumps({"model": model.name})).endswith("200")
    llama.ssh(f"rm {HOME}/fails")


def test_another_card_is_another_program_and_nothing_half_made_is_left(llama: Deployed) -> None:
    before = started(llama)["environment"]
    done = llama.deploy(handover=for_card(llama, "9.0"))
    assert done.code == 0, done.text
    home = llama_build.home(llama.handover.plan.engine)
    assert json.loads(llama.ssh(f"cat {home}/built.json"))["options"]["CMAKE_CUDA_ARCHITECTURES"] == "90-real"
    assert llama.ssh("ls -d /opt/eigenherd/llama_cpp-*") == home and llama.ssh(f"ls {llama_build.BUILDS}") == ""
    after = started(llama)["environment"]
    assert isinstance(before, dict) and isinstance(after, dict)
    assert before["EIGENHERD_BUILD"] != after["EIGENHERD_BUILD"]


def test_the_prebuilt_program_takes_its_place_and_leaves_nothing_of_it(llama: Deployed) -> None:
    after = llama.handover.model_copy(update={"plan": plan_of(STACK)})
    done = llama.deploy(handover=after)
    assert done.code == 0, done.text
    assert "llama_server.py" in llama.ssh("systemctl show eigenherd-engine -p ExecStart")
    gone = f"/opt/eigenherd/llama_cpp-* /opt/eigenherd/llama_cpp_cuda {llama_build.SOURCES} {llama_build.BUILDS}"
    assert (
        llama.ssh(f"ls -d {gone} {llama_build.MAKER} {llama_build.LAUNCHER} {llama_build.WANTED} 2>/dev/null || true")
        == ""
    )
    assert llama.deploy(handover=after).summary["changed"] == 0
