"""Debian packages for the controller and the sandbox: only what is missing, and said before apt runs."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.checkout import PYTHON, SetupError

# What has to be there -> the Debian package that brings it.
NEEDED_COMMANDS = {"ssh": "openssh-client", "curl": "curl"}
SANDBOX_COMMANDS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "losetup": "mount",
}
# Sign the repository that stands in for NVIDIA's, and compile the library that stands in for CUDA.
TEST_COMMANDS = {"gpg": "gpg", "gcc": "build-essential"}
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
# An ordinary user's PATH leaves out where administrators' commands lie.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
APT_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=600"]


def absent(commands: dict[str, str]) -> list[str]:
    return [package for command, package in commands.items() if not shutil.which(command, path=SEARCH_PATH)]


def venv_packages() -> list[str]:
    """Debian's Python comes without the module that makes virtual environments complete."""
    if PYTHON.exists() or importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python3.{sys.version_info.minor}-venv"]


def missing_packages() -> list[str]:
    packages = venv_packages() + absent(NEEDED_COMMANDS)
    if sys.platform == "linux":
        packages += [] if CA_BUNDLE.exists() else ["ca-certificates"]
        packages += absent(SANDBOX_COMMANDS) + absent(TEST_COMMANDS)
    return packages


def needed_everywhere(packages: list[str]) -> list[str]:
    return [package for package in packages if package not in {*SANDBOX_COMMANDS.values(), *TEST_COMMANDS.values()}]


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing() -> str | None:
    packages = missing_packages()
    if not packages:
        return None
    if can_install():
        return "system packages: apt-get install " + " ".join(packages)
    # What only the sandbox lacks is no reason to stop somebody who is not root: it needs root anyway.
    needed = needed_everywhere(packages)
    return "system packages: " + " ".join(needed) if needed else None


def advice() -> str | None:
    """What an ordinary user would have to do for the sandbox."""
    packages = missing_packages()
    if not packages or can_install():
        return None
    return f"the sandbox needs root, and: sudo apt-get install {' '.join(packages)}"


def make() -> None:
    packages = missing_packages()
    if not can_install():
        raise SetupError(
            f"set-up needs {' '.join(needed_everywhere(packages))}, and only root on Debian can install it\n"
            f"  -> sudo apt-get install {' '.join(packages)}"
        )
    apt("update", "-qq")
    install = ["install", "--yes", "--no-install-recommends", *packages]
    listed = apt("--print-uris", "-qq", *install)
    sizes = [int(size) for size in re.findall(r"^'\S+' \S+ (\d+) ", listed, re.M)]
    print(f"set-up: apt-get now fetches {len(sizes)} packages, {sum(sizes) / 1e6:.0f} MB", flush=True)
    apt("-qq", "-o", "Dpkg::Options::=--force-confold", *install)


def apt(*arguments: str) -> str:
    done = subprocess.run(
        [*APT, *arguments],
        env={**os.environ, **APT_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise SetupError(f"apt-get {' '.join(arguments)} failed:\n{done.stdout[-2000:]}")
    return done.stdout
