"""The repository that stands in for NVIDIA's: what apt, dpkg and gpg find in it."""

import subprocess
from pathlib import Path

import pytest

from plan import catalog
from tests.standins.nvidia.contents import Fault, branches, packages
from tests.standins.nvidia.repository import Repository, make

FAULTS = {595: Fault("build", "6.1.0-51-amd64")}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return make(tmp_path_factory.mktemp("mirror"), "debian-12", FAULTS)


def of_deb(repository: Repository, name: str, *options: str) -> str:
    [deb] = repository.folder.glob(f"{name}.deb")
    return subprocess.run(["dpkg-deb", *options, str(deb)], check=True, capture_output=True, text=True).stdout


def unpacked(repository: Repository, name: str, folder: Path) -> Path:
    [deb] = repository.folder.glob(f"{name}.deb")
    subprocess.run(["dpkg-deb", "--raw-extract", str(deb), str(folder)], check=True)
    return folder


def test_the_index_is_signed_by_the_key_beside_it(repository: Repository, tmp_path: Path) -> None:
    keyring = tmp_path / "keyring.gpg"
    key = repository.folder / "3bf863cc.pub"
    subprocess.run(["gpg", "--homedir", tmp_path, "--dearmor", "--output", keyring, key], check=True)
    command = ["gpgv", "--status-fd", "1", "--keyring", keyring, repository.folder / "InRelease"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert f"VALIDSIG {repository.fingerprint}" in told
    known = [row.fingerprint for row in catalog.driver_repositories()]
    assert repository.fingerprint not in known


def test_it_has_what_the_plan_asks_for_on_debian() -> None:
    rows = [row for row in catalog.driver_packages() if row.name == "nvidia" and row.systems[0].startswith("debian")]
    assert [branches(row.systems[0]) for row in rows] == [[580, 595], [595]]
    for row, branch in [(one, branch) for one in rows for branch in branches(one.systems[0])]:
        names = {deb.name for deb in packages(branch)}
        wanted = {name.format(branch=branch) for name in (*row.open, *row.proprietary, row.pinning or "")}
        assert wanted <= names


def test_a_drivers_packages_go_together(repository: Repository) -> None:
    """The proprietary modules are named first, so that whoever wants the open ones has to say so."""
    told = of_deb(repository, "nvidia-driver-cuda_580*", "--field")
    same = "(= 580.95.05-1)"
    assert f"nvidia-kernel-dkms {same} | nvidia-kernel-580.95.05 | nvidia-kernel-open-dkms {same}" in told
    assert "Conflicts: nvidia-smi" in told and "Source: nvidia-graphics-drivers" in told
    assert "Conflicts: nvidia-kernel-dkms" in of_deb(repository, "nvidia-kernel-open-dkms_580*", "--field")


def test_the_pinning_is_a_conffile_that_names_its_branch(repository: Repository, tmp_path: Path) -> None:
    tree = unpacked(repository, "nvidia-driver-pinning-595*", tmp_path / "tree")
    [path] = (tree / "DEBIAN/conffiles").read_text().split()
    assert "Pin: version 595.*" in (tree / path.lstrip("/")).read_text()


def test_the_modules_are_source_for_dkms(repository: Repository, tmp_path: Path) -> None:
    tree = unpacked(repository, "nvidia-kernel-open-dkms_580*", tmp_path / "tree") / "usr/src/nvidia-580.95.05"
    assert 'PACKAGE_VERSION="580.95.05"' in (tree / "dkms.conf").read_text()
    kbuild = (tree / "Kbuild").read_text()
    assert "Dual MIT/GPL" in kbuild and "$(filter ,$(KERNEL_UNAME))" in kbuild


def test_a_fault_is_for_the_kernels_it_names(repository: Repository, tmp_path: Path) -> None:
    tree = unpacked(repository, "nvidia-kernel-open-dkms_595*", tmp_path / "tree") / "usr/src/nvidia-595.71.05"
    assert "$(filter 6.1.0-51-amd64,$(KERNEL_UNAME))" in (tree / "Kbuild").read_text()


def test_nvidia_smi_says_what_the_real_one_says_without_a_driver(repository: Repository, tmp_path: Path) -> None:
    tree = unpacked(repository, "nvidia-driver-cuda_580*", tmp_path / "tree")
    done = subprocess.run([tree / "usr/bin/nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    assert done.returncode == 9 and "couldn't communicate with the NVIDIA driver" in done.stdout
