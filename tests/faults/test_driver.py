"""The driver's packages on a bad day: real apt, dpkg and DKMS; named with the compiler's own line, and mended."""

import os
import re
from collections.abc import Iterator

import pytest

from plan.driver import System
from stacks.sandbox import scratch
from tests.faults import cases, driver_scene
from tests.faults.aftermath import last_reason, short
from tests.faults.conftest import Note
from tests.faults.driver_scene import Case, Scene
from tests.integration.deployed import Answer
from tests.integration.driver_machine import INSTALL, add, driver_of, offered, with_archive

pytestmark = pytest.mark.machine

STACK = f"faults-driver-{os.getpid()}"
DKMS = "dkms status -k $(uname -r)"
LIST = "/etc/apt/sources.list"
PURGE = "DEBIAN_FRONTEND=noninteractive apt-get purge -qq"


def debian_12_s_own(scene: Scene) -> str:
    """The archive's real packages. Only the daemon wants a card behind the driver, so the run ends there."""
    answer = scene.deploy(with_archive(scene.handover, "proprietary"))
    said = last_reason(answer, "NVIDIA driver | Persistence")
    built = scene.ssh(DKMS)
    assert re.search(r"nvidia-current/535[.]\d+[.]\d+, \S+, x86_64: installed", built), answer.text
    version = scene.ssh("modinfo -k $(uname -r) -F version nvidia-current")
    assert version.startswith("535.") and scene.ssh("cat /sys/module/nvidia/version") == version
    held = {"linux-image-amd64", "linux-headers-amd64", "nvidia-kernel-dkms", "nvidia-smi", "libcuda1"}
    assert held <= set(scene.ssh("apt-mark showhold").split())
    scene.ssh(f"apt-mark unhold $(apt-mark showhold); {PURGE} '*nvidia*' libcuda1")
    return short(f"{built.replace(', x86_64', '')}; without a card: {said}")


def debian_13_s_own(scene: Scene) -> str:
    """Somebody's own attempt with the archive's real packages: the next run mends it, and installs what is planned."""
    scene.ssh(f"sed -i '/^deb /s/ main.*/ main contrib non-free non-free-firmware/' {LIST} && apt-get update -qq")
    names = "linux-headers-amd64 nvidia-open-kernel-dkms nvidia-smi libcuda1 nvidia-persistenced"
    said = scene.ssh(f"{INSTALL} {names} 2>&1; true")
    if "half-configured nvidia-open-kernel-dkms" not in scene.ssh(driver_scene.UNFINISHED):
        # With CI=true this is a failure: then the catalogue's `fails`, and this case, have to go.
        pytest.skip(f"the archive's own driver builds by now: {said[-200:]}")
    answer = scene.deploy(scene.handover)
    assert answer.code == 0, answer.text
    return short(named(answer, "nvidia-current-open 550.163.01 does not build for this kernel", "error: "))


# On one machine that has the planned driver, one after the other.
INSTALLED: dict[str, Case] = {
    "to the next branch and back (no fault)": driver_scene.to_the_next_branch_and_back,
    "the next branch's module does not build": driver_scene.next_branch_does_not_build,
    "a script of the next branch fails": driver_scene.next_branch_s_script_fails,
    "left half configured by somebody's own attempt": driver_scene.somebody_s_own_attempt,
    "another vendor's module does not build": driver_scene.another_vendor_s_module,
    "power cut while DKMS builds": driver_scene.power_cut_while_it_builds,
    "a newer kernel of the owner's own, without headers": driver_scene.a_kernel_of_the_owner_s_own,
    "Secure Boot, and the key is not enrolled (stood in for)": driver_scene.secure_boot_without_a_key,
    "an older driver, which somebody else installed": driver_scene.an_older_driver_of_the_owner_s,
    "a driver that suffices, which somebody else installed": driver_scene.a_driver_of_the_owner_s_that_suffices,
}
# On a machine each that has none, with the archive's real packages.
BARE: dict[str, tuple[System, Case]] = {
    "Debian 12: its own driver, really built (no fault)": ("debian-12", debian_12_s_own),
    "Debian 13: its own driver does not build": ("debian-13", debian_13_s_own),
}
CASES: dict[str, Case | tuple[System, Case]] = {**INSTALLED, **BARE}
# A module that does not build is in every run already: tests/integration/test_upkeep.py.
SAMPLE: list[str] = []


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The planned driver is on the machine: every case leaves it so, which its own end asserts."""
    try:
        made = bare(STACK, "debian-12", tmp_path_factory)
        first = made.deploy(made.handover)
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


@cases.parametrize(INSTALLED, SAMPLE)
def test_it_is_named_and_mended(fault: str, injected: Case, scene: Scene, note: Note) -> None:
    note(seen=injected(scene))
    note(after=mended(scene))


@cases.parametrize(BARE, [])
def test_the_archive_s_own_driver(
    fault: str, injected: tuple[System, Case], tmp_path_factory: pytest.TempPathFactory, note: Note
) -> None:
    system, case = injected
    stack = f"{STACK}-{system[-2:]}"
    try:
        made = bare(stack, system, tmp_path_factory)
        note(seen=case(made))
        note(after=mended(made))
    finally:
        scratch.remove(stack)


def bare(stack: str, system: System, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    deployed = add(stack, tmp_path_factory.mktemp("stack"), system)
    folder = tmp_path_factory.mktemp("repositories")
    return Scene(deployed, offered(deployed, folder), folder)


def mended(scene: Scene) -> str:
    """The next run, with a whole repository; then nothing differs, and the planned driver is loaded and built."""
    offered(scene.deployed, scene.folder)
    answer = scene.deploy(scene.handover)
    assert answer.code == 0, answer.text
    dry = scene.deployed.deploy("--dry", "--json", handover=scene.handover)
    assert dry.differences == [], dry.text
    scene.assert_apt_works()
    branch = driver_of(scene.handover).branch
    assert re.search(rf"nvidia/{branch}[.]\S+, \S+, x86_64: installed", scene.ssh(DKMS))
    loaded = scene.ssh("cat /sys/module/nvidia/version")
    assert loaded.startswith(f"{branch}.")
    return f"the next run changed {answer.summary['changed']}, 0 differences; {loaded} is built and loaded"


def named(answer: Answer, *words: str) -> str:
    return next(line for line in answer.text.splitlines() if all(word in line for word in words))
