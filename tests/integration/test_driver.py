"""NVIDIA's driver on a bare machine: real apt, dpkg and DKMS, packages and kernel stood in for; and taken off again."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from plan.machine import Handover
from stacks.sandbox import scratch
from tests.integration.deployed import Answer, Deployed
from tests.integration.driver_machine import INSTALL, OLDEST, add, driver_of, offered

pytestmark = pytest.mark.machine

STACK = f"test-driver-{os.getpid()}"
KERNEL = "$(uname -r)"

# A user without rights may open every file that computing needs; behind them is nothing here.
MAY = (
    "for name in nvidia0 nvidiactl nvidia-uvm; do test -c /dev/$name -a -r /dev/$name -a -w /dev/$name || exit 1; done"
)
EARLY = f"lsinitramfs /boot/initrd.img-{KERNEL} | grep -x etc/modprobe.d/eigenherd-nouveau.conf"


@dataclass(frozen=True)
class Installed:
    """The machine, its handover with the repository, and what the first run said."""

    machine: Deployed
    handover: Handover
    first: Answer


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    try:
        made = add(STACK, tmp_path_factory.mktemp("stack"))
        assert made.ssh("ls -d /sys/module/nouveau") == "/sys/module/nouveau"
        handover = offered(made, tmp_path_factory.mktemp("mirror"))
        first = made.deploy(handover=handover)
        assert first.code == 0, first.text
        yield Installed(made, handover, first)
    finally:
        scratch.remove(STACK)


def test_it_restarts_once_and_then_nothing_is_left_to_do(installed: Installed) -> None:
    said = installed.first.text
    assert said.count("main: restarts now") == 1 and "main: is back after" in said
    second = installed.machine.deploy(handover=installed.handover)
    assert second.summary["changed"] == 0, second.text
    dry = installed.machine.deploy("--dry", "--json", handover=installed.handover)
    assert dry.differences == [], dry.text


def test_the_module_is_built_for_the_kernel_that_runs(installed: Installed) -> None:
    ssh = installed.machine.ssh
    assert re.fullmatch(r"nvidia/580\.[\d.]+, \S+, x86_64: installed", ssh(f"dkms status nvidia -k {KERNEL}"))
    assert ssh("cat /sys/module/nvidia/version") == ssh(f"modinfo -k {KERNEL} -F version nvidia")
    assert ssh(f"modinfo -k {KERNEL} -F license nvidia") == "Dual MIT/GPL"


def test_nouveau_is_off_from_early_boot_on(installed: Installed) -> None:
    assert installed.machine.ssh("ls -d /sys/module/nouveau || true") == ""
    assert installed.machine.ssh(EARLY) != ""


def test_a_user_without_rights_may_compute(installed: Installed) -> None:
    installed.machine.ssh(f"runuser -u nobody -- sh -c '{MAY}'")
    units = "nvidia-persistenced eigenherd-gpu-nodes"
    assert installed.machine.ssh(f"systemctl is-active {units}; systemctl is-enabled {units}").split() == [
        "active",
        "active",
        "enabled",
        "enabled",
    ]


def test_kernel_and_driver_are_held_together(installed: Installed) -> None:
    driver = driver_of(installed.handover)
    assert set(driver.held(driver.kernels[0])) == set(installed.machine.ssh("apt-mark showhold").split())
    policy = installed.machine.ssh("apt-cache policy nvidia-driver-cuda")
    assert "595." in policy and re.search(r"Candidate: 580\.", policy), "the newer branch is there, and not taken"


@pytest.mark.sweep  # a minute
def test_no_upgrade_by_itself_touches_either(installed: Installed) -> None:
    """An older kernel than the archive's: without our file unattended-upgrades says that it would take the newer."""
    look = "unattended-upgrade --dry-run --debug 2>/dev/null | grep -m 1 '^Packages that will be upgraded'"
    held = "linux-image-amd64 linux-headers-amd64"
    ours = "/etc/apt/apt.conf.d/53eigenherd-driver"
    ssh = installed.machine.ssh
    older = " ".join(f"{name}=$({OLDEST})" for name in held.split())
    ssh(f"apt-mark unhold {held}; {INSTALL} --allow-downgrades {older}")
    kept = ssh(look)
    taken = ssh(f"mv {ours} /root/; {look}; mv /root/53eigenherd-driver {ours}")
    newer = ssh("apt-get -s dist-upgrade | grep -c '^Inst linux-image' || true") != "0"
    ssh(f"apt-mark hold {held}")
    assert ": " in kept and "linux-image" not in kept
    assert ("linux-image-amd64" in taken) == newer


def test_a_removal_leaves_the_kernel_and_nothing_of_the_driver(installed: Installed) -> None:
    """The files of the kernel that runs stay; the initramfs is made anew."""
    ssh = installed.machine.ssh
    removed = installed.machine.deploy("--remove", handover=installed.handover)
    assert removed.code == 0, removed.text
    assert ssh("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' '*nvidia*' 'dkms' 2>/dev/null || true") == ""
    assert ssh("apt-mark showhold; ls /etc/apt/preferences.d; ls /var/lib/dkms | grep -v '^mok[.]' || true") == ""
    assert ssh(f"ls /lib/modules/{KERNEL}/updates 2>/dev/null; {EARLY} || true") == ""
    ssh(f"test -e /boot/vmlinuz-{KERNEL} && dpkg -s linux-image-amd64")
