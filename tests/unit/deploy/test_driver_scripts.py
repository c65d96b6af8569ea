"""The driver's scripts themselves, run with stand-ins for apt, dpkg and dkms: what is told when a build fails."""

import subprocess
from pathlib import Path

import pytest

from deploy.cause import reason
from deploy.operations.driver import ABANDON, BUILD, FREELY, INSTALL, RECOVER
from deploy.operations.packages import PATIENTLY

STAND_INS = {
    "dpkg-query": "[ ! -e broken ] || sed 's/^/half-configured /' broken; echo 'installed bash'",
    "dpkg": 'case "$*" in "--listfiles nvidia"*) echo dkms.conf ;; esac; false',
    "apt-get": """echo "$*" >>called; case "$*" in
      *--simulate*) case "$*" in *other-*) ;; *) [ ! -e other ] || cat other ;; esac ;;
      *"remove "*) rm -f broken ;;
      *fails*) echo nvidia-open-kernel-dkms >broken; echo "E: Sub-process"; exit 100 ;;
      *complains*) echo complains >broken; cat said; exit 100 ;;
    esac""",
    "apt-cache": "[ $2 = linux-headers-here ]",
    "dkms": "case $1 in autoinstall) ;; status) cat status ;; esac",
    "dmesg": "true",
}
BROKEN = "nvidia-open-kernel-dkms"
TOLD = "nvidia-current-open 550.163.01 does not build for this kernel: nv-pci.c:230:9: error: too few arguments"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that stands for one, on which a build has failed; its log is there, the broken package not yet."""
    for name, text in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "dkms.conf").write_text('PACKAGE_NAME="nvidia-current-open"\nPACKAGE_VERSION="550.163.01"\n')
    log = tmp_path / "nvidia-current-open/550.163.01/build/make.log"
    log.parent.mkdir(parents=True)
    log.write_text("CC nv.o\nnv-pci.c:230:9: error: too few arguments\nmake: Error 2\n")
    return tmp_path


def done(machine: Path, script: str) -> subprocess.CompletedProcess[str]:
    here = script.replace("/var/lib/dkms/", "").replace("'/dkms.conf$'", "'dkms.conf$'")
    path = {"PATH": f"{machine}:/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", here], cwd=machine, env=path, capture_output=True, text=True, check=False)


def install(names: str, headers: str = "linux-headers-here", pinning: str = "pinning-580", others: str = "") -> str:
    given = {"names": names, "headers": headers, "pinning": pinning, "others": others, "image": "linux-image-amd64"}
    return PATIENTLY + RECOVER + ABANDON + INSTALL.format(apt="apt-get", freely=FREELY, **given)


def called(machine: Path) -> list[str]:
    return (machine / "called").read_text().splitlines()


def test_a_failed_build_is_told_with_the_compilers_line_and_removed(machine: Path) -> None:
    (machine / "broken").write_text(f"{BROKEN}\n")
    recovered = done(machine, f"{PATIENTLY}{RECOVER}recover")
    assert recovered.stdout == f"{TOLD}; removed, so that apt works again\n" and recovered.returncode == 0
    assert called(machine)[-1].endswith("remove --allow-change-held-packages nvidia-open-kernel-dkms")


def test_nothing_else_is_installed_in_its_stead(machine: Path) -> None:
    """The other kind of modules would satisfy what needs them, and not build either. Upgrades are not new packages."""
    (machine / "broken").write_text(f"{BROKEN}\n")
    (machine / "other").write_text("Inst other (580.1 N [amd64])\nInst libcuda1 [580.0] (580.1 N [amd64])\n")
    assert done(machine, f"{PATIENTLY}{RECOVER}recover").returncode == 0
    assert called(machine)[-1].endswith(f"remove --allow-change-held-packages {BROKEN} other-")


def test_a_script_that_fails_is_told_with_its_own_words_and_its_package_removed(machine: Path) -> None:
    (machine / "said").write_text(
        "Setting up\r\nthe moon is too bright\r\ndpkg: error processing package complains (-)\r\n"
    )
    failed = done(machine, install("complains"))
    assert failed.returncode == 1
    words = "complains cannot be configured: the moon is too bright; removed, so that apt works again"
    assert reason(failed.stderr) == words
    assert called(machine)[-1].endswith("remove --allow-change-held-packages complains")


def test_where_nothing_is_broken_nothing_is_told(machine: Path) -> None:
    recovered = done(machine, f"{PATIENTLY}{RECOVER}recover")
    assert (recovered.stdout, recovered.returncode) == ("", 0) and not (machine / "called").exists()


def test_another_vendors_module_is_its_owners_business(machine: Path) -> None:
    (machine / "broken").write_text(f"{BROKEN}\n")
    (machine / "dkms.conf").write_text('PACKAGE_NAME="zfs"\nPACKAGE_VERSION="550.163.01"\n')
    (machine / "nvidia-current-open").rename(machine / "zfs")
    assert done(machine, f"{PATIENTLY}{RECOVER}recover").stdout == "" and not (machine / "called").exists()


def test_the_pinning_is_installed_before_the_driver(machine: Path) -> None:
    assert done(machine, install("driver libcuda")).returncode == 0
    assert called(machine) == [
        "update",
        f"install {FREELY} pinning-580",
        f"install {FREELY} driver libcuda linux-headers-here",
    ]


def test_another_branchs_pinning_goes_first(machine: Path) -> None:
    assert done(machine, install("driver", others="pinning-595")).returncode == 0
    assert called(machine)[1:3] == ["purge --allow-change-held-packages pinning-595", f"install {FREELY} pinning-580"]


def test_where_the_archive_has_no_such_headers_the_newer_kernel_comes_along(machine: Path) -> None:
    assert done(machine, install("driver", headers="linux-headers-gone")).returncode == 0
    assert called(machine)[-1] == f"install {FREELY} driver linux-image-amd64"


def test_signed_modules_take_neither_headers_nor_pinning(machine: Path) -> None:
    assert done(machine, install("driver", headers="", pinning="")).returncode == 0
    assert called(machine) == ["update", f"install {FREELY} driver"]


def test_an_installation_whose_build_fails_is_told_and_cleared_away(machine: Path) -> None:
    failed = done(machine, install("fails"))
    assert failed.returncode == 1 and reason(failed.stderr) == f"{TOLD}; removed, so that apt works again"
    assert "remove --allow-change-held-packages nvidia-open-kernel-dkms" in called(machine)[-1]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("nvidia/580.95.05, k, x86_64: installed", 0),
        ("nvidia/595.71.05, k, x86_64: installed", 1),
        ("nvidia/580.95.05: added", 1),
        ("", 1),
    ],
)
def test_a_module_counts_when_dkms_says_installed(machine: Path, status: str, code: int) -> None:
    (machine / "status").write_text(f"{status}\n")
    (machine / "k/build").mkdir(parents=True)
    built = done(machine, BUILD.format(kernel="k", branch=580).replace("/lib/modules/", ""))
    assert built.returncode == code
    if code:
        assert (
            reason(built.stderr)
            == "nvidia 580 does not build for this kernel: nv-pci.c:230:9: error: too few arguments"
        )


def test_a_kernel_without_headers_is_named(machine: Path) -> None:
    """One of the owner's own, for which the archive has none."""
    (machine / "status").write_text("")
    built = done(machine, BUILD.format(kernel="6.9.0-mine", branch=580))
    assert built.returncode == 1 and "there are no headers of 6.9.0-mine" in reason(built.stderr)
