"""The machine itself fails under a deployment: its disk is full, it reboots, its power is cut."""

import os
import time
from collections.abc import Callable, Iterator

import pytest

from stacks.sandbox import machine, power, scratch
from tests.faults import cases
from tests.faults.aftermath import converged, last_reason
from tests.faults.conftest import Note
from tests.faults.through import deploy_watched
from tests.integration.deployed import Answer, Deployed, add_machine

pytestmark = pytest.mark.machine

STACK = f"faults-host-{os.getpid()}"

# Makes the venv, the model or a package something to do again.
NO_ENVIRONMENT = "rm /opt/eigenherd/llama_cpp/eigenherd.lock"
NO_MODEL = "rm /var/lib/eigenherd/models/*.gguf"
NO_PACKAGE = "dpkg --purge logrotate && apt-get clean"
A_FILE = "rm /etc/logrotate.d/eigenherd-gateway"

# Fill the disk but for so many KiB; root's reserve goes as well.
FILL = "fallocate -l $(($(df --output=avail -k {at} | tail -n 1) - {left}))K {at}/filled 2>/dev/null; df -h {at}"
EMPTY = "rm -f /filled /tmp/filled"

# What goes wrong: a run in which it happens, and what the machine is given back before the next.
Fault = Callable[[Deployed], Answer]


def full(undone: str, left_kib: int, at: str = "") -> Fault:
    """A run on a machine whose disk has no more than this left."""

    def injected(deployed: Deployed) -> Answer:
        deployed.ssh(f"{undone}; {FILL.format(at=at or '/', left=left_kib)}")
        answer = deployed.deploy()
        deployed.ssh(EMPTY)
        return answer

    return injected


def during(operation: str, undone: str, happens: Callable[[Deployed], object]) -> Fault:
    """A run with something that happens to the machine while an operation is at work."""

    def injected(deployed: Deployed) -> Answer:
        deployed.ssh(undone)

        def act(begun: list[str]) -> None:
            if begun[-1] == operation:
                time.sleep(1)
                happens(deployed)

        return deploy_watched(deployed, act)[0]

    return injected


def reboots(deployed: Deployed) -> None:
    deployed.ssh("systemd-run --quiet --on-active=0 systemctl reboot --force", ok=False)


def loses_power(deployed: Deployed) -> None:
    """And is switched on again: the run that is at work must see the machine gone, not wait for it."""
    power.cut(STACK, "main")
    machine.start(machine.found(STACK, "main"))


CASES: dict[str, tuple[Fault, str]] = {
    "disk full at an upload": (full(A_FILE, 0), "the machine's disk is full"),
    "disk full at a package": (full(NO_PACKAGE, 100), "the machine's disk is full"),
    "disk full at a virtual environment": (full(NO_ENVIRONMENT, 20_000), "MiB free in"),
    "disk full at a model": (full(NO_MODEL, 200_000), "needed"),
    "/tmp full": (full(A_FILE, 0, at="/tmp"), "make room in"),  # noqa: S108
    "rebooted at a virtual environment": (
        during("Engine | Python | llama_cpp", NO_ENVIRONMENT, reboots),
        "the SSH connection ended",
    ),
    "power cut at a virtual environment": (
        during("Engine | Python | llama_cpp", NO_ENVIRONMENT, loses_power),
        "the SSH connection ended",
    ),
    "power cut at a package": (during("Gateway | Caddy", NO_PACKAGE, loses_power), "the SSH connection ended"),
}
SAMPLE = ["disk full at a model"]


@pytest.fixture(scope="module")
def deployed(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """One machine: every case leaves it whole, which its own end asserts."""
    try:
        made = add_machine(STACK, tmp_path_factory.mktemp("stack"), layer=layer)
        assert made.deploy().code == 0
        yield made
    finally:
        scratch.remove(STACK)


@cases.parametrize(CASES, SAMPLE)
def test_it_is_named_and_the_next_run_goes_on(
    fault: str, injected: tuple[Fault, str], deployed: Deployed, note: Note
) -> None:
    happens, words = injected
    note(seen=last_reason(happens(deployed), words))
    note(after=converged(deployed))
