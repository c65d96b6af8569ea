"""A machine with a simulated card, from the driver's packages to a verdict; then made ill, and well again.

Real: apt, dpkg, DKMS, the compiler, the engine, torch on the CPU, and `python -m verify`. Not real: kernel and card, so
the verdict is never `passed`.
"""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from stacks.sandbox import scratch
from tests.integration.deployed import Answer, Deployed, add_machine
from tests.integration.driver_machine import INSTALL, MIRROR, send
from tests.standins.nvidia.repository import make

pytestmark = pytest.mark.machine

STACK = f"test-simulated-{os.getpid()}"
ASKED: dict[str, Any] = {
    "machine": {"provider": "sandbox", "simulated": True},
    "gpu": "RTX 4090",
    "models": ["smollm2:135m"],
    "clients": ["demo"],
}
XID = "NVRM: Xid (PCI:0000:01:00): 79, pid=1234, GPU has fallen off the bus."


def injected(deployed: Deployed, *faults: dict[str, object]) -> None:
    deployed.ssh(f"simulate fault {' '.join(shlex.quote(json.dumps(fault)) for fault in faults)}")


def outcomes(answer: Answer) -> dict[str, str]:
    """Of every check about this machine."""
    facts = json.loads(Path(answer.summary["report"]).with_suffix(".json").read_text())
    return {result["check"]: result["outcome"] for result in facts["results"]}


@pytest.fixture(scope="module")
def simulated(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    try:
        plan = derive(load(ASKED), STACK)
        repository = tmp_path_factory.mktemp("mirror")
        signer = make(repository, plan.machines[0].os).fingerprint
        shared = plan.sources.mirror
        sources = plan.sources.model_copy(update={"driver_key": signer, "mirror": MIRROR})
        plan = plan.model_copy(update={"sources": sources})
        made = add_machine(STACK, tmp_path_factory.mktemp(STACK), plan, layer)
        made.ssh(f"apt-get update -qq && {INSTALL} linux-image-amd64 >/dev/null")
        made.ssh(f"mkdir {MIRROR} && ln -s {shared}/wheels {shared}/models {shared}/archives {MIRROR}")
        send(made, repository, MIRROR)
        first = made.deploy()
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


def test_a_second_run_changes_nothing(simulated: Deployed) -> None:
    second = simulated.deploy()
    assert second.summary["changed"] == 0, second.text
    assert simulated.differences() == []


def test_the_driver_runs_that_dkms_built_for_this_kernel(simulated: Deployed) -> None:
    version = simulated.ssh("cat /sys/module/nvidia/version")
    assert version == simulated.ssh("modinfo -k $(uname -r) -F version nvidia")
    assert f"nvidia/{version}, {simulated.ssh('uname -r')}, x86_64: installed" in simulated.ssh("dkms status")
    assert "SIMULATED" in simulated.ssh("nvidia-smi")


def test_all_of_it_verifies_and_no_form_of_the_report_reads_as_hardware(simulated: Deployed) -> None:
    answer = simulated.verify()
    assert answer.code == 0, answer.text
    assert answer.summary["verdict"] == "simulated" and answer.summary["failing"] == []
    assert "works, SIMULATED: no GPU was tested" in answer.text
    found = outcomes(answer)
    assert found["gpu_present"] == found["torch_exact"] == found["gpu_dkms"] == "simulated"
    assert found["gpu_throughput"] == found["gpu_power_draw"] == found["decode_speed"] == "skipped"
    assert found["streaming"] == found["model_identity"] == "passed"
    assert not [name for name, outcome in found.items() if name.startswith("gpu_") and outcome == "passed"]
    place = Path(answer.summary["report"]).parent
    assert all("SIMULATED" in (place / name).read_text() for name in ("report.html", "report.json", "junit.xml"))


def test_faults_turn_their_checks_by_name_and_back(simulated: Deployed) -> None:
    faults: dict[str, dict[str, object]] = {
        "gpu_memory": {"card": 0, "field": "memory.total", "value": "12282"},
        "gpu_power_limit": {"card": 0, "field": "power.limit", "value": "300.00"},
        "gpu_recovery": {"card": 0, "field": "gpu_recovery_action", "value": "Reset"},
        "gpu_alone": {"app": "/usr/bin/miner", "pid": 99},
        "gpu_layers": {"lost": 0},
        "gpu_xid": {"log": XID},
    }
    injected(simulated, *faults.values())
    ill = simulated.verify("--stage", "watch")
    assert ill.code == 1 and ill.summary["verdict"] == "failed"
    assert {name for name, outcome in outcomes(ill).items() if outcome == "failed"} == set(faults)
    simulated.ssh("simulate heal")
    well = simulated.verify("--stage", "watch")
    assert (well.code, well.summary["verdict"]) == (0, "simulated"), well.text


def test_a_driver_that_hangs_is_named_and_the_run_goes_on(simulated: Deployed) -> None:
    injected(simulated, {"smi": "hang"})
    ill = simulated.verify("--stage", "watch")
    simulated.ssh("simulate heal")
    found = outcomes(ill)
    assert ill.code == 1 and ill.summary["failing"][0].startswith("gpu_answers"), ill.text
    assert found["gpu_memory"] == "not_run" and found["gpu_dkms"] == "simulated" and found["tls"] == "passed"


def test_modules_and_daemon_that_are_really_gone_are_seen(simulated: Deployed) -> None:
    simulated.ssh("systemctl stop nvidia-persistenced && modprobe -r nvidia-uvm")
    found = outcomes(simulated.verify("--stage", "watch"))
    assert found["gpu_persistence"] == found["gpu_nouveau"] == "failed"
    simulated.ssh("modprobe nvidia-uvm && systemctl start nvidia-persistenced")
    started = time.monotonic()
    assert simulated.verify("--stage", "watch").summary["verdict"] == "simulated"
    print(f"stage watch: {time.monotonic() - started:.1f} s")


def test_a_kernel_without_its_module_boots_without_a_driver_and_is_seen(simulated: Deployed) -> None:
    """And is well again after a boot of one that has it."""
    simulated.ssh("touch /boot/vmlinuz-6.99.0-1-amd64")
    assert outcomes(simulated.verify("--stage", "watch"))["gpu_next_kernel"] == "failed"
    restarted(simulated)
    assert simulated.ssh("uname -r") == "6.99.0-1-amd64"
    assert outcomes(simulated.verify("--stage", "watch"))["gpu_answers"] == "failed"
    simulated.ssh("rm /boot/vmlinuz-6.99.0-1-amd64")
    restarted(simulated)
    assert simulated.verify("--stage", "watch").summary["verdict"] == "simulated"


def restarted(deployed: Deployed) -> None:
    """By itself, as after a power cut."""
    before = deployed.ssh("cat /proc/sys/kernel/random/boot_id")
    deployed.ssh("systemctl reboot", ok=False)
    end = time.monotonic() + 90
    while time.monotonic() < end:
        argv = ["ssh", "-F", str(deployed.handover.ssh_config), "main", "cat /proc/sys/kernel/random/boot_id"]
        said = subprocess.run(argv, capture_output=True, text=True, check=False)
        if said.returncode == 0 and said.stdout.strip() != before:
            deployed.ssh("systemctl is-system-running --wait", ok=False)
            return
        time.sleep(0.5)
    raise AssertionError("it does not come back")
