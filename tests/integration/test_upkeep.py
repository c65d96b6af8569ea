"""Kernel and driver moved as one set by the machine itself: the archive's kernels, real apt, DKMS and GRUB's own files.

Stood in for: NVIDIA's packages, and the kernel that runs. The last good set comes back after a real build failure
without a reboot, and after a set that is not judged good with one.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import upkeep
from deploy.operations.repositories import KEYRING
from plan import catalog
from plan.derive.torch import locked
from plan.machine import Handover
from plan.plan import Maintenance
from stacks.sandbox import scratch
from tests.integration.deployed import Deployed
from tests.integration.driver_machine import MIRROR, add, offered, send
from tests.integration.secret_search import found, needles
from tests.standins import grub
from tests.standins.kernel import newer
from tests.standins.nvidia import contents
from tests.standins.nvidia.contents import Fault
from tests.standins.nvidia.repository import make
from tools import mirror

pytestmark = pytest.mark.machine

STACK = f"test-upkeep-{os.getpid()}"
NEWER = "580.167.08"
REFUSES = "/etc/gate-refuses"
GATE = ["sh", "-c", f'if grep -qx "$(uname -r)" {REFUSES}; then echo no card answers; exit 1; fi; echo 1 of 1 cards']
VERSIONS = (
    "dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n' | grep -E '^(linux-|.*nvidia|libcuda)' | sort"
)
LONGEST_S = 900


class Machine:
    """The machine, with a card and a window in its plan; `gate` is of the test's own."""

    def __init__(self, made: Deployed, handover: Handover, scratch_folder: Path) -> None:
        self.made, self.handover, self.folder = made, handover, scratch_folder

    def ssh(self, command: str) -> str:
        return self.made.ssh(command)

    def offer(self, version: str, fault: Fault | None = None) -> None:
        """NVIDIA's repository, with this version of the planned branch."""
        before, contents.VERSIONS[580] = contents.VERSIONS[580], version
        try:
            made = make(self.folder, "debian-12", {580: fault} if fault else None)
        finally:
            contents.VERSIONS[580] = before
        self.ssh(f"rm -rf {MIRROR}/drivers")
        send(self.made, self.folder, MIRROR)
        row = next(row for row in catalog.driver_repositories() if "debian-12" in row.systems)
        self.ssh(f"cp {MIRROR}/drivers/debian12/x86_64/{row.key} {KEYRING}")
        assert made.fingerprint

    def gate(self) -> None:
        values = json.loads(self.ssh(f"cat {upkeep.SETTINGS}"))
        self.made.ssh(f"cat >{upkeep.SETTINGS}", text=json.dumps(values | {"gate": GATE, "judge_s": 300}))

    def move(self) -> dict[str, Any]:
        """As the timer does; until the machine has a report of it."""
        self.ssh(f"rm -f {upkeep.STATE}/last.json; systemctl start --no-block eigenherd-kernel-move.service")
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            time.sleep(3)
            text = self.made.ssh(f"cat {upkeep.STATE}/last.json 2>/dev/null", ok=False)
            if text and not self.made.ssh(f"cat {upkeep.STATE}/state.json 2>/dev/null", ok=False):
                report: dict[str, Any] = json.loads(text)
                return report
        raise AssertionError(self.made.ssh("journalctl -o cat -u 'eigenherd-kernel-*' | tail -n 40", ok=False))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    try:
        made = add(STACK, tmp_path_factory.mktemp("stack"))
        made.ssh(grub.INSTALL, text=grub.PROBE)
        folder = tmp_path_factory.mktemp("mirror")
        handover = offered(made, folder)
        watch = locked(catalog.python("watch"))
        window = Maintenance(window="Sun 03:00 UTC", calendar="Sun *-*-* 03:00:00 UTC", python=watch)
        plan = handover.plan.model_copy(update={"maintenance": window})
        mirror.fill(plan)
        made.ssh(f"ln -s {made.handover.plan.sources.mirror}/wheels {MIRROR}/wheels")
        handover = handover.model_copy(update={"plan": plan})
        first = made.deploy(handover=handover)
        assert first.code == 0, first.text
        again = made.deploy(handover=handover)
        assert again.summary["changed"] == 0, again.text
        there = Machine(made, handover, folder)
        there.gate()
        yield there
    finally:
        scratch.remove(STACK)


def test_it_looks_and_waits_for_its_window(machine: Machine) -> None:
    look = json.loads(machine.ssh(f"cat {upkeep.STATE}/look.json"))
    assert look["behind"] == {} and look["overdue"] is False and look["lists"] == ""
    machine.ssh(newer.OFFER)
    machine.ssh("systemctl start eigenherd-kernel-look.service")
    look = json.loads(machine.ssh(f"cat {upkeep.STATE}/look.json"))
    assert set(look["behind"]) == {"linux-image-amd64", "linux-headers-amd64"} and look["days"] == 0
    assert "eigenherd-kernel-move.timer" in machine.ssh("systemctl list-timers --no-pager")
    assert machine.ssh("grep -c panic=60 /boot/grub/grub.cfg") != "0"


def test_no_secret_lies_on_the_machine(machine: Machine) -> None:
    """In nothing that came for the window; what the gateway serves with is its own business."""
    places = f"{upkeep.HANDOVER} {upkeep.SETTINGS} {upkeep.ROOM} {upkeep.PROGRAM} {upkeep.STATE}"
    state = machine.ssh(f"find {places} -type f -exec cat {{}} + | tr -d '\\000'")
    assert "not asked on the machine itself" in state or '"plan"' in state
    assert found(state.encode(), needles(machine.handover)) == set()


def test_a_module_that_does_not_build_is_undone_without_a_reboot(machine: Machine) -> None:
    before, boot = machine.ssh(VERSIONS), machine.ssh("cat /proc/sys/kernel/random/boot_id; uname -r; uptime -s")
    held = machine.ssh("apt-mark showhold")
    machine.offer(NEWER, Fault("build"))
    report = machine.move()
    assert report["outcome"] == "failed" and "error:" in report["words"], report["words"]
    assert "without a reboot" in report["words"]
    assert machine.ssh(VERSIONS).splitlines() == before.splitlines()
    assert machine.ssh("apt-mark showhold") == held
    assert machine.ssh("cat /proc/sys/kernel/random/boot_id; uname -r; uptime -s") == boot
    assert machine.ssh("dpkg --audit; apt-get check >/dev/null && echo whole") == "whole"


@pytest.mark.sweep
def test_a_set_that_is_not_judged_good_goes_back(machine: Machine) -> None:
    before, kernel = machine.ssh(VERSIONS), machine.ssh("uname -r")
    machine.ssh(f"echo {newer.VERSION} >{REFUSES}")
    machine.offer(NEWER)
    report = machine.move()
    assert report["outcome"] == "returned" and "no card answers" in report["words"], report["words"]
    assert machine.ssh(VERSIONS) == before and machine.ssh("uname -r") == kernel
    assert machine.ssh("cat /sys/module/nvidia/version") == contents.VERSIONS[580]
    machine.ssh(f"rm {REFUSES}")


def test_the_whole_set_moves(machine: Machine) -> None:
    kernel = machine.ssh("uname -r")
    machine.offer(NEWER)
    report = machine.move()
    assert report["outcome"] == "moved", report["words"]
    now = machine.ssh("uname -r")
    assert now == newer.VERSION != kernel and machine.ssh("cat /sys/module/nvidia/version") == NEWER
    assert f"nvidia/{NEWER}, {now}" in machine.ssh("dkms status")
    assert f"linux-image-{kernel} " in machine.ssh(VERSIONS), "the last good one stays"
    assert now in machine.ssh("grub-editenv /boot/grub/grubenv list")
    assert "linux-image-amd64" in machine.ssh("apt-mark showhold").split()
    assert machine.move()["outcome"] == "up to date"
