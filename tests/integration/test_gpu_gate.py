"""GPU or nothing on a machine that has none: no engine, 503 with the reason, and the engine back with the card.

The card is pretended by files and by programs that say what a driver's would: the gate, systemd, gateway and engine are
real. CUDA is the small library of tests/unit/deploy/gpu_machine.py.
"""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan.plan import Gpu
from stacks.sandbox import scratch
from tests.integration.deployed import Deployed, add_machine, whole_plan
from tests.unit.deploy.gpu_machine import library
from tools import mirror

pytestmark = pytest.mark.machine

STACK = f"test-gpu-gate-{os.getpid()}"
CARD = Gpu(name="RTX 4090", vram_gib=24, bandwidth_gbs=1008, compute_capability="8.9")
QUESTION = json.dumps({"model": "smollm2:135m", "max_tokens": 4, "messages": [{"role": "user", "content": "Hi"}]})
UNITS = ("gate.service", "watch.service", "watch.timer", "watch.path", "responder.service")

# The bus and the kernel's modules of the machine, empty until there is a card.
SYSFS = """
mount -o remount,rw /sys
for at in /sys/bus/pci/devices /sys/module; do mkdir -p $at; mount -t tmpfs tmpfs $at; done
mount -o remount,ro /sys
"""
APPEARS = """
mkdir -p /sys/bus/pci/devices/0000:01:00.0 /sys/module/nvidia
echo 0x10de >/sys/bus/pci/devices/0000:01:00.0/vendor
echo 0x030000 >/sys/bus/pci/devices/0000:01:00.0/class
echo 580.95.05 >/sys/module/nvidia/version
touch /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia0
chmod 666 /dev/nvidia*
"""
VANISHES = "rm -r /sys/bus/pci/devices/0000:01:00.0"
SMI = """#!/bin/sh
case "$*" in
  *--query-compute-apps=pid*) echo pid; [ -e /run/on-the-cpu ] ||
    cat $(find /sys/fs/cgroup/system.slice/eigenherd-engine.service -name cgroup.procs) ;;
  *) echo "0, NVIDIA GeForce RTX 4090, 24564, 580.95.05" ;;
esac
"""

# A look every minute, an engine that starts, and a machine that other tests share.
PATIENCE_S = 240


@pytest.fixture(scope="module")
def machine(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """With torch for CUDA, as it is locked, and an engine planned for a card that is not there."""
    plan = whole_plan(STACK)
    [main] = plan.machines
    planned = {
        "machines": (main.model_copy(update={"gpu": CARD}),),
        "engine": plan.engine.model_copy(update={"device": "cuda"}),
    }
    wanted = plan.model_copy(update=planned)
    mirror.fill(wanted)
    try:
        yield add_machine(STACK, tmp_path_factory.mktemp(STACK), wanted, layer=layer)
    finally:
        scratch.remove(STACK)


def failed(machine: Deployed) -> str:
    return machine.ssh("systemctl list-units --state=failed --plain --no-legend --no-pager")


def status(machine: Deployed) -> tuple[str, str]:
    """The gateway's answer to a question of somebody with a valid key: text and code."""
    text, _, code = machine.ask("demo", "/chat/completions", "-d", QUESTION).rpartition("\n")
    return text, code


def until(machine: Deployed, code: str, reason: str = "") -> str:
    """The answer, when it has this code by itself."""
    end = time.monotonic() + PATIENCE_S
    while (answer := status(machine))[1] != code or reason not in answer[0]:
        assert time.monotonic() < end, f"{answer}: {machine.ssh('journalctl -o cat -n 40 -u eigenherd-*')}"
        time.sleep(2)
    return answer[0]


def test_a_deployment_without_the_card_ends_with_the_reason(machine: Deployed) -> None:
    machine.ssh(SYSFS)
    answer = machine.deploy()
    assert answer.code == 1, answer.text
    assert "main: FAILED: Engine | GPU gate | The GPU is as planned" in answer.text
    assert answer.summary["reason"].endswith(": no NVIDIA cards on the PCI bus, 1 x RTX 4090 planned")
    assert "eigenherd-gpu-gate.service" in failed(machine)
    assert machine.ssh("systemctl is-active eigenherd-engine || true") == "inactive"


def test_clients_get_503_with_the_reason_and_strangers_401(machine: Deployed) -> None:
    for options in ((), ("-d", QUESTION)):
        path = "/chat/completions" if options else "/models"
        head, _, body = machine.ask("demo", path, "-i", *options).replace("\r", "").rpartition("\n\n")
        error = json.loads(body.rpartition("\n")[0])["error"]
        assert " 503" in head.splitlines()[0] and "retry-after: 60" in head.lower()
        assert error["code"] == "gpu_unavailable" and "no NVIDIA cards on the PCI bus" in error["message"]
    asked = ["curl", "-s", "--cacert", f"{machine.handover.folder}/ca.pem", "-o", "/dev/null", "-w", "%{http_code}"]
    done = subprocess.run([*asked, f"{machine.handover.url}/models"], capture_output=True, text=True, check=True)
    assert done.stdout == "401"


def test_torch_for_cuda_says_that_there_is_none(machine: Deployed) -> None:
    answer = machine.verify("--parts", "torch")
    assert answer.code != 0 and answer.summary["verdict"] == "failed"
    assert "planned cuda, found none" in answer.text


def test_the_watch_sees_it_too(machine: Deployed) -> None:
    answer = machine.verify("--stage", "watch", "--parts", "driver")
    [line] = [line for line in answer.text.splitlines() if line.split()[1:2] == ["gpu_gate"]]
    assert line.split()[2] == "failed" and "no NVIDIA cards on the PCI bus" in answer.text


def test_the_engine_starts_by_itself_when_the_card_is_there(machine: Deployed, tmp_path: Path) -> None:
    text = base64.b64encode((library(tmp_path) / "libcuda.so.1").read_bytes()).decode()
    machine.ssh("base64 -d >/usr/lib/x86_64-linux-gnu/libcuda.so.1", text=text)
    machine.ssh("cat >/usr/local/bin/nvidia-smi && chmod +x /usr/local/bin/nvidia-smi", text=SMI)
    machine.ssh(APPEARS)
    until(machine, "200")
    assert "eigenherd-gpu" not in failed(machine)
    assert machine.ssh("systemctl is-active eigenherd-gpu-responder || true") == "inactive"
    state = json.loads(machine.ssh("cat /run/eigenherd-gpu/gate.json"))
    assert state["ok"] and state["cuda"].startswith(("opens", "not opened: the engine is at work"))


def test_a_deployment_finds_it_as_planned(machine: Deployed) -> None:
    first = machine.deploy()
    assert first.code == 0, first.text
    assert machine.deploy().summary["changed"] == 0


def test_drift_is_seen_and_mended(machine: Deployed) -> None:
    machine.ssh("echo >>/opt/eigenherd/bin/gpu_watch.py; systemctl stop eigenherd-gpu-watch.timer")
    machine.ssh("echo >>/etc/systemd/system/eigenherd-gpu-gate.service")
    seen = set(machine.differences())
    assert {
        "Engine | GPU gate | Program gpu_watch.py",
        "Engine | GPU gate | Unit eigenherd-gpu-gate.service",
        "Engine | GPU gate | eigenherd-gpu-watch.timer runs",
    } <= seen
    assert machine.deploy().code == 0
    assert machine.differences() == []


def test_its_units_are_well_formed_and_closed(machine: Deployed) -> None:
    names = [f"eigenherd-gpu-{unit}" for unit in UNITS]
    complaints = machine.ssh(f"systemd-analyze verify {' '.join(names)} 2>&1 || true")
    assert [line for line in complaints.splitlines() if "eigenherd-gpu" in line] == []
    machine.ssh("systemd-analyze security --threshold=20 eigenherd-gpu-responder.service")
    machine.ssh("systemd-analyze security --threshold=30 eigenherd-gpu-gate.service eigenherd-gpu-watch.service")


def test_an_engine_that_fell_back_to_the_cpu_is_stopped(machine: Deployed) -> None:
    """Loudly, and for a while; somebody who has mended it starts it."""
    machine.ssh("touch /run/on-the-cpu")
    until(machine, "503", "does not compute on the card")
    assert "eigenherd-gpu-watch.service" in failed(machine)
    assert machine.ssh("systemctl is-active eigenherd-engine || true") == "inactive"
    machine.ssh("rm /run/on-the-cpu; systemctl start eigenherd-engine")
    until(machine, "200")
    machine.ssh("systemctl start eigenherd-gpu-watch")
    assert "eigenherd-gpu" not in failed(machine)


def test_a_card_that_vanishes_at_run_time_is_noticed(machine: Deployed) -> None:
    machine.ssh(VANISHES)
    until(machine, "503", "no NVIDIA cards on the PCI bus")
    assert "eigenherd-gpu-gate.service" in failed(machine)
    machine.ssh(APPEARS)
    until(machine, "200")


def test_a_plan_without_a_card_needs_no_gate(machine: Deployed) -> None:
    plan = machine.handover.plan
    [main] = plan.machines
    changed = {
        "machines": (main.model_copy(update={"gpu": None}),),
        "engine": plan.engine.model_copy(update={"device": "cpu"}),
    }
    without = machine.handover.model_copy(update={"plan": plan.model_copy(update=changed)})
    machine.ssh(VANISHES)
    done = machine.deploy(handover=without)
    assert done.code == 0, done.text
    assert status(machine)[1] == "200"
    assert machine.ssh("systemctl list-units --all --plain --no-legend --no-pager 'eigenherd-gpu-*'") == ""
    assert (
        machine.ssh("ls /opt/eigenherd/bin/gpu_* /run/eigenherd-gpu /etc/eigenherd/gpu.json 2>/dev/null || true") == ""
    )
    assert machine.deploy(handover=without).summary["changed"] == 0


def test_a_removal_leaves_nothing_of_it(machine: Deployed) -> None:
    assert machine.deploy().code == 1, "the gate is back, and closed"
    removed = machine.deploy("--remove")
    assert removed.code == 0, removed.text
    assert machine.ssh("systemctl list-units --all --plain --no-legend --no-pager 'eigenherd-*'") == ""
    assert machine.ssh("ls -d /run/eigenherd* /etc/systemd/system/eigenherd-* 2>/dev/null || true") == ""
