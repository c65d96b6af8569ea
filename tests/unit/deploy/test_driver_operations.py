"""The driver's operations do nothing where it holds, and what is needed where it does not."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.facts.apt import HeldPackages, KeyFingerprints, PackageVersions, Suite, Suites
from deploy.facts.dkms import DkmsInstalled, FailedBuild, FailedBuilds
from deploy.facts.files import PathState
from deploy.facts.nvidia import DeviceNodes, InitramfsCurrent, Nvidia, NvidiaState
from deploy.facts.packages import Inhabitants, Present, PurgePlan
from deploy.manifest import Manifest, Names
from deploy.operations.driver import (
    branch_of,
    device_files,
    driver_packages,
    in_initramfs,
    module_built,
    no_failed_build,
)
from deploy.operations.holds import held, released
from deploy.operations.packages import PATIENTLY
from deploy.operations.reboots import LOAD, loaded
from deploy.operations.repositories import FETCH_KEY, components, repository_key
from tests.unit.deploy.conftest import PaperHost

KERNEL = "6.1.0-50-amd64"
RUNS = Nvidia(KERNEL, KERNEL, "580.95.05", "580.95.05", "580.95.05", smi=True)
FRESH = Nvidia(KERNEL, KERNEL)
INSTALLED = {
    "linux-image-amd64": "6.1.164-1",
    "linux-headers-amd64": "6.1.164-1",
    f"linux-headers-{KERNEL}": "6.1.164-1",
    "nvidia-driver-cuda": "580.95.05-1",
    "nvidia-driver-pinning-580": "580-1",
}
WANTED = {
    "names": ("linux-headers-amd64", "nvidia-driver-cuda"),
    "pinning": "nvidia-driver-pinning-580",
    "branch": 580,
    "image": "linux-image-amd64",
    "builds": True,
}
BOOKWORM = Suite("http://m/debian/", "bookworm", "/k.gpg", ("main",))
KEY = {"url": "https://m/key.pub", "fingerprint": "AB" * 20, "path": "/k.asc", "proxy": None}


@pytest.fixture(autouse=True)
def inhabitants(host: PaperHost) -> None:
    host.facts[Present] = Inhabitants()
    host.facts[NvidiaState] = RUNS


def test_a_driver_of_the_branch_is_left_alone(host: PaperHost) -> None:
    host.facts[PackageVersions] = INSTALLED
    assert host.does(driver_packages, **WANTED) == []


@pytest.mark.parametrize(
    "found",
    [
        {},
        {key: value for key, value in INSTALLED.items() if key != f"linux-headers-{KERNEL}"},
        INSTALLED | {"nvidia-driver-cuda": "595.71.05-1"},
        INSTALLED | {"nvidia-driver-pinning-595": "595-1"},
    ],
)
def test_what_is_missing_or_of_another_branch_is_installed_in_one_go(host: PaperHost, found: dict[str, str]) -> None:
    host.facts[PackageVersions] = found
    [command] = host.does(driver_packages, **WANTED)
    pinning, driver = (command.index(f" {name} ") for name in ("nvidia-driver-pinning-580", "nvidia-driver-cuda"))
    assert pinning < driver and f'headers="linux-headers-{KERNEL}"' in command
    assert ("purge --allow-change-held-packages nvidia-driver-pinning-595" in command) == (
        "nvidia-driver-pinning-595" in found
    )
    assert "--allow-downgrades --allow-change-held-packages" in command  # the branch before is lower


def test_headers_are_those_of_the_kernel_that_will_run(host: PaperHost) -> None:
    host.facts |= {PackageVersions: INSTALLED, NvidiaState: replace(RUNS, next="6.1.0-51-amd64")}
    [command] = host.does(driver_packages, **WANTED)
    assert 'headers="linux-headers-6.1.0-51-amd64"' in command and "headers=linux-image-amd64" in command


def test_signed_modules_take_no_headers(host: PaperHost) -> None:
    host.facts[PackageVersions] = {"nvidia-utils-580-server": "580.95.05-0ubuntu1"}
    given = {**WANTED, "names": ("nvidia-utils-580-server",), "pinning": "", "builds": False}
    assert host.does(driver_packages, **given) == []


@pytest.mark.parametrize(
    ("version", "branch"), [("580.95.05-1", 580), ("6.8.0-45.45+1", None), ("13.2.0-1", None), ("1", None)]
)
def test_the_branch_is_read_off_the_drivers_own_versions(version: str, branch: int | None) -> None:
    assert branch_of(version) == branch


def test_a_failed_build_is_cleared_away_and_only_that(host: PaperHost) -> None:
    host.facts[FailedBuilds] = []
    assert host.does(no_failed_build) == []
    host.facts[FailedBuilds] = [FailedBuild("nvidia-open-kernel-dkms", "nvidia-current-open", "550.163.01", "error")]
    [command] = host.does(no_failed_build)
    assert command.startswith(PATIENTLY) and "recover ||" in command


@pytest.mark.parametrize(
    ("found", "builds"), [({"nvidia": "580.95.05"}, 0), ({"nvidia": "595.71.05"}, 1), ({"zfs": "2.1"}, 1), ({}, 1)]
)
def test_a_module_that_dkms_has_not_built_is_built(host: PaperHost, found: dict[str, str], builds: int) -> None:
    host.facts |= {NvidiaState: replace(RUNS, next="6.1.0-51-amd64"), DkmsInstalled: lambda kernel: found}
    done = host.does(module_built, branch=580)
    assert len(done) == builds and all("dkms autoinstall -k 6.1.0-51-amd64" in command for command in done)


@pytest.mark.parametrize(("current", "made"), [(True, 0), (False, 1)])
def test_an_older_initramfs_is_made_anew(host: PaperHost, current: bool, made: int) -> None:
    host.facts[InitramfsCurrent] = current
    done = host.does(in_initramfs, path="/etc/modprobe.d/x.conf")
    assert len(done) == made and all(f"update-initramfs -u -k {KERNEL}" in command for command in done)


def test_device_files_are_made_where_one_is_missing(host: PaperHost) -> None:
    host.facts[DeviceNodes] = True
    assert host.does(device_files, unit="nodes.service") == []
    host.facts[DeviceNodes] = False
    assert [command[:31] for command in host.does(device_files, unit="nodes.service")] == [
        "systemctl restart nodes.service"
    ]


def test_kernel_and_driver_are_held_and_what_the_owner_holds_is_his(host: PaperHost) -> None:
    host.facts |= {PackageVersions: INSTALLED, HeldPackages: frozenset({"linux-image-amd64"})}
    names = ("linux-image-amd64", "nvidia-driver-cuda", "linux-headers-generic")
    assert host.does(held, names=names) == ["apt-mark hold nvidia-driver-cuda"]
    assert host.manifest.holds == ("nvidia-driver-cuda",)
    host.facts[HeldPackages] = frozenset({"linux-image-amd64", "nvidia-driver-cuda"})
    assert host.does(held, names=names) == [] and host.manifest.holds == ("nvidia-driver-cuda",)


def test_what_was_held_for_another_driver_goes_but_never_a_kernel(host: PaperHost) -> None:
    old = ("libcuda1", "linux-image-amd64", "nvidia-utils-580", "theirs-580")
    host.manifest = Manifest(holds=old, made=Names(packages=("libcuda1", "linux-image-amd64", "nvidia-utils-580")))
    host.facts |= {PackageVersions: dict.fromkeys((*old, "nvidia-utils-595"), "1"), HeldPackages: frozenset(old)}
    needs = {"libcuda1": {"libcuda1", "nvidia-utils-595"}, "nvidia-utils-580": {"nvidia-utils-580"}}
    host.facts[PurgePlan] = lambda packages: frozenset().union(*(needs[name] for name in packages))
    hold, free, purge = host.does(held, names=("nvidia-utils-595",))
    assert (hold, free) == ("apt-mark hold nvidia-utils-595", f"apt-mark unhold {' '.join(old)}")
    assert "purge nvidia-utils-580 ||" in purge
    assert host.manifest.holds == ("nvidia-utils-595",)


def test_at_the_end_nothing_is_held(host: PaperHost) -> None:
    host.facts[HeldPackages] = frozenset({"a", "theirs"})
    assert host.does(released, names=("a", "b")) == ["apt-mark unhold a"]
    host.facts[HeldPackages] = frozenset({"theirs"})
    assert host.does(released, names=("a", "b")) == []


OURS = {"here": False, "theirs": False}


def test_a_driver_that_runs_needs_nothing(host: PaperHost) -> None:
    assert host.does(loaded, **OURS) == []
    host.facts[NvidiaState] = replace(RUNS, next="6.1.0-51-amd64")  # a newer kernel waits for its own time
    assert host.does(loaded, **OURS) == []


def test_a_driver_that_nothing_is_in_the_way_of_is_loaded_without_a_reboot(host: PaperHost) -> None:
    host.facts[NvidiaState] = replace(RUNS, loaded="")
    assert host.does(loaded, **OURS) == [LOAD]


IN_THE_WAY = [
    replace(RUNS, loaded="", nouveau=True),
    replace(RUNS, loaded="580.95.05", here="595.71.05"),
    replace(RUNS, loaded="", here="", next="6.1.0-51-amd64"),
]


@pytest.mark.parametrize("found", IN_THE_WAY)
def test_else_there_is_one_reboot(host: PaperHost, found: Nvidia) -> None:
    host.facts[NvidiaState] = found
    assert host.does(loaded, **OURS) == ["announce", "restart", LOAD]


@pytest.mark.parametrize("found", IN_THE_WAY)
def test_nobody_is_thrown_out_of_his_own_machine(host: PaperHost, found: Nvidia) -> None:
    host.facts[NvidiaState] = found
    assert host.does(loaded, here=False, theirs=True) == ["wait_for_users", "restart", LOAD]
    assert host.does(loaded, here=True, theirs=True)[0].startswith("echo 'the driver needs a reboot, and this is")


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        ("Key was rejected by service", "Secure Boot is on and the modules' key is not enrolled"),
        ("No such device", "the kernel sees no card that this driver knows"),
        (
            "Exec format error",
            "the driver does not load: modprobe: ERROR: could not insert",
        ),
    ],
)
def test_a_module_that_does_not_load_is_explained(said: str, explained: str) -> None:
    stand_in = f"modprobe() {{ echo \"modprobe: ERROR: could not insert 'nvidia': {said}\"; false; }}\n"
    done = subprocess.run(["sh", "-c", stand_in + LOAD], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and explained in done.stderr


def test_components_come_from_where_the_machine_has_its_archive(host: PaperHost) -> None:
    host.facts |= {PathState: lambda path: None, Suites: [replace(BOOKWORM, components=("contrib", "main"))]}
    given = {"names": ("contrib",), "codename": "bookworm", "destination": "/etc/apt/sources.list.d/c.sources"}
    assert host.does(components, **given) == []
    host.facts[Suites] = [BOOKWORM, Suite("http://other/", "stable", "", ("contrib", "main"))]
    assert "/etc/apt/sources.list.d/c.sources" in host.does(components, **given)[-1]
    host.facts[Suites] = []
    assert host.does(components, **given)[0].endswith(">&2; exit 1")


def test_a_key_is_fetched_through_the_proxy_once(host: PaperHost) -> None:
    host.facts |= {PathState: lambda path: None, KeyFingerprints: lambda path: frozenset({"AB" * 20})}
    assert host.does(repository_key, **KEY) == []
    host.facts[KeyFingerprints] = lambda path: frozenset({"CD" * 20})
    [command] = host.does(repository_key, **{**KEY, "proxy": "http://proxy:3128"})
    assert "--proxy http://proxy:3128" in command and host.manifest.paths == {"/k.asc": "made"}
    [command] = host.does(repository_key, **{**KEY, "url": "/srv/mirror/key.pub"})
    assert 'cp /srv/mirror/key.pub "$new"' in command


@pytest.mark.parametrize(("found", "code"), [("AB" * 20, 0), ("CD" * 20, 1), ("", 1)])
def test_another_key_is_refused(found: str, code: int, tmp_path: Path) -> None:
    lines = f"pub:-:4096:1:1::::::\\nfpr:::::::::{found}:\\nsub:::\\nfpr:::::::::00:\\n" if found else ""
    script = f"gpg() {{ printf '{lines}'; }}\n" + FETCH_KEY.format(fetch="true", **{**KEY, "path": "kept"})
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code and (not code or f"but {found or 'none'}" in done.stderr)
