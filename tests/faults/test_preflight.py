"""Machines that cannot be used as they are: each is refused with its own reason, and nothing is changed on it."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from stacks.sandbox.sources import of_computer
from tests.faults import cases
from tests.faults.broken_machine import CHANGED, MARK, Broken, Owned, bound, made_of, mounted, owned, program
from tests.faults.conftest import Note

pytestmark = pytest.mark.machine

LOADED = "mkdir /sys/module/nvidia; echo {version} > /sys/module/nvidia/version"
SMI = "printf '#!/bin/sh\\n' > /usr/local/bin/nvidia-smi; chmod +x /usr/local/bin/nvidia-smi"
NO_DRIVER = "rm -rf /sys/module/nvidia /usr/local/bin/nvidia-smi"
LDCONFIG = "    libcuda.so.1 (libc6,x86-64) => {path}/libcuda.so.1"
HOLDS = (
    "systemd-run --quiet --unit=holder python3 -c 'import fcntl, os, signal, time\n"
    'f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX)\n'
    "os.kill(os.getpid(), signal.SIGSTOP)'; sleep 0.5"
)
ARCHIVE = urlsplit(of_computer()[0].uri).hostname or ""
ELSEWHERE = made_of("/etc/hosts", f"'$a 192.0.2.1 {ARCHIVE}'")
SILENT = (
    "nft add table inet test; nft add chain inet test out '{ type filter hook output priority 0; }'; "
    "nft add rule inet test out ip daddr 192.0.2.1 drop"
)
OLD = f"deb {of_computer()[0].uri} bullseye main"
SOURCES = "/etc/apt/sources.list"
CDROM = "deb cdrom:[Debian 12]/ bookworm main"
STATUS = "/var/lib/dpkg/status"
LISTENS = "systemd-run --quiet --unit={unit} {env} {program} -m http.server {port}; sleep 1"
OLLAMA = "cp /usr/bin/python3 /usr/local/bin/ollama; " + LISTENS.format(
    unit="ollama", env="-E PYTHONHOME=/usr", program="/usr/local/bin/ollama", port=11434
)
UPLOADS = "/tmp"  # noqa: S108 (broken, not used)
# The sandbox's own kernel has what the simulated one lacks.
NO_NFT = bound("/usr/sbin/nft", "#!/bin/sh\nexit 1")
ROOM = "size=90g,mode=755"

CASES: dict[str, Broken] = {
    "another processor": Broken(
        "architecture", "aarch64", "x86_64 machine", *program("/usr/local/bin/uname", "-m) echo aarch64 ;;")
    ),
    "a processor without AVX2": Broken(
        "architecture", "x86_64 without avx2", "host-passthrough", *made_of("/proc/cpuinfo", "s/avx2//g")
    ),
    "another distribution": Broken(
        "os_known", "fedora 41", "install one of these", *bound("/usr/lib/os-release", "ID=fedora\nVERSION_ID=41")
    ),
    "another init": Broken("systemd_works", "runit init", "systemd-sysv", *bound("/proc/1/comm", "runit")),
    "rescue mode": Broken(
        "systemd_works",
        "systemd says maintenance",
        "systemctl default",
        *program("/usr/bin/systemctl", "is-system-running) echo maintenance; exit 1 ;;"),
    ),
    "a reboot that is scheduled": Broken(
        "systemd_works", "is scheduled", "shutdown -c", "shutdown -r +600 2>&1", "shutdown -c"
    ),
    "no card": Broken(
        "card_on_bus",
        "no NVIDIA card on the PCI bus",
        "seat the card",
        """simulate fault '{"missing": 0}'""",
        "simulate heal",
    ),
    "a virtual machine without the card": Broken(
        "card_on_bus",
        "of a virtual machine (kvm)",
        "pass the card through",
        """echo kvm > /run/virt--vm; simulate fault '{"missing": 0}'""",
        "rm /run/virt--vm; simulate heal",
    ),
    "a container": Broken(
        "own_kernel",
        "a container (lxc)",
        "name the machine that runs it",
        "echo lxc > /run/virt--container",
        "rm /run/virt--container",
    ),
    "another card than planned": Broken("card_on_bus", "RTX 4090", "`gpu: RTX 4090`", gpu="RTX A6000"),
    "fewer cards than planned": Broken("card_on_bus", "RTX 4090", "`gpus: 1`", gpus=2),
    "Secure Boot without a key": Broken(
        "driver_ready",
        "whose key is not enrolled",
        "mokutil --import",
        """simulate fault '{"secure_boot": true}'""",
        "simulate heal",
    ),
    "nouveau by name": Broken(
        "nouveau_free",
        "/etc/modules-load.d/gpu.conf",
        "update-initramfs",
        "echo nouveau > /etc/modules-load.d/gpu.conf",
        "rm /etc/modules-load.d/gpu.conf",
    ),
    "a driver of its owner's that is too old": Broken(
        "driver_ready",
        "535.261.03",
        "bring it to branch",
        f"{LOADED.format(version='535.261.03')}; {SMI}",
        NO_DRIVER,
    ),
    "a driver of its owner's without nvidia-smi": Broken(
        "driver_ready",
        "580.95.05 from NVIDIA's installer (.run), without nvidia-smi",
        "reboot",
        f"{LOADED.format(version='580.95.05')}; touch /usr/bin/nvidia-uninstall; "
        "f=$(ls -d /lib/modules/*-amd64)/nvidia.ko; "
        "cp $(find /lib/modules -name dummy.ko) $f; depmod $(ls /lib/modules)",
        f"{NO_DRIVER}; rm /usr/bin/nvidia-uninstall /lib/modules/*/nvidia.ko; depmod $(ls /lib/modules)",
    ),
    "a driver that was half removed": Broken(
        "driver_ready",
        "nvidia.ko, whose version is not told",
        "remove its packages",
        "mkdir /lib/modules/old; touch /lib/modules/old/nvidia.ko",
        "rm -r /lib/modules/old",
    ),
    "CUDA's library before the driver's": Broken(
        "cuda_library",
        "/usr/local/cuda-12.4/compat/",
        "/etc/ld.so.conf.d",
        *bound("/sbin/ldconfig", f"#!/bin/sh\necho '{LDCONFIG.format(path='/usr/local/cuda-12.4/compat')}'"),
    ),
    "a kernel of its owner's own": Broken(
        "driver_ready",
        "no package of a kernel",
        "apt-get install linux-image-amd64",
        *made_of(STATUS, "s/linux-image-/my-kernel-/g"),
    ),
    "a kernel without headers": Broken(
        "kernel_headers",
        "neither",
        "one of the archive's kernels",
        "mkdir /lib/modules/9.9.9-mine; touch /boot/vmlinuz-9.9.9-mine",
        "rm -r /lib/modules/9.9.9-mine /boot/vmlinuz-9.9.9-mine",
    ),
    "a kernel that was removed while it runs": Broken(
        "kernel_modules",
        "was removed or replaced",
        "reboot into",
        f"{mounted('/lib/modules', ROOM)[0]}; {NO_NFT[0]}",
        f"{NO_NFT[1]}; umount /lib/modules",
    ),
    "a kernel without the firewall's module": Broken(
        "kernel_modules",
        "no such module",
        "linux-image-amd64",
        f"r=$(uname -r); {mounted('/lib/modules', ROOM)[0]}; mkdir /lib/modules/$r; {NO_NFT[0]}",
        f"{NO_NFT[1]}; umount /lib/modules",
    ),
    "sudo with a password": Broken(
        "root_rights",
        "anna: sudo: a password is required",
        "sudoers.d/anna",
        "echo 'anna ALL=(ALL) ALL' > /etc/sudoers.d/anna",
        "echo 'anna ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/anna",
        user="anna",
    ),
    "sudo only on a terminal": Broken(
        "root_rights",
        "anna: sudo: sorry, you must have a tty",
        "sudoers.d/anna",
        "echo 'Defaults requiretty' > /etc/sudoers.d/tty",
        "rm /etc/sudoers.d/tty",
        user="anna",
    ),
    "a login that prints a greeting": Broken(
        "plain_shell",
        "Willkommen",
        "~anna/.bashrc",
        "cp -p /home/anna/.bashrc /root/was; sed -i '1i echo Willkommen' /home/anna/.bashrc",
        "mv /root/was /home/anna/.bashrc",
        user="anna",
    ),
    "a disk that is nearly full": Broken("disk_room", "GiB free", "free space", *mounted("/opt", "size=500m")),
    "a disk without inodes": Broken(
        "inodes_left", "free on /opt", "du --inodes", *mounted("/opt", "size=90g,nr_inodes=1000")
    ),
    "no room for uploads": Broken("temporary_room", "MiB free", "make room", *mounted(UPLOADS, "size=1m,mode=1777")),
    "uploads that anna may not make": Broken(
        "temporary_room", "anna may not", "chmod 1777", "chmod 755 /tmp", "chmod 1777 /tmp", user="anna"
    ),
    "/boot that is full": Broken(
        "boot_room",
        "free on /boot",
        "autoremove",
        f"k=$(ls /boot/vmlinuz-*); {mounted('/boot', 'size=20m')[0]}; touch $k",
        "umount /boot",
    ),
    "a read-only file system": Broken(
        "folders_usable",
        "a read-only filesystem: /usr",
        "dmesg",
        "mount --bind /usr /usr; mount -o remount,ro,bind /usr",
        "umount -l /usr",
    ),
    "a file system that runs no programs": Broken(
        "folders_usable", "mounted noexec: /opt", "without noexec", *mounted("/opt", f"{ROOM},noexec")
    ),
    "a folder that root may not write to": Broken(
        "folders_usable", "not even root may write: /opt", "chattr -i", "chattr +i /opt", "chattr -i /opt"
    ),
    "too little memory": Broken(
        "memory_room", "0.5 GiB", "smaller model", *made_of("/proc/meminfo", "'s/^MemTotal:.*/MemTotal: 524288 kB/'")
    ),
    "a web server on the gateway's port": Broken(
        "ports_free",
        "port 443 by python3",
        "stop that service",
        LISTENS.format(unit="web", env="", program="python3", port=443),
        "systemctl stop web",
    ),
    "Ollama on the engine's port": Broken(
        "ports_free",
        "port 11434 by ollama",
        "stop that service",
        OLLAMA,
        "systemctl stop ollama; rm /usr/local/bin/ollama"
    ),
    "a folder of somebody else's": Broken(
        "names_free", "/opt/eigenherd", "move it away", "mkdir /opt/eigenherd", "rmdir /opt/eigenherd"
    ),
    "an account of somebody else's": Broken(
        "names_free",
        "the account eigenherd-engine",
        "move it away",
        "useradd eigenherd-engine", "userdel eigenherd-engine"
    ),
    "a clock that is wrong": Broken(
        "clock_agrees",
        "s apart",
        "timedatectl",
        *program("/usr/bin/date", "'+%s.%N') exec /run/was-date -d '3 days ago' +%s.%N ;;"),
    ),
    "no name server": Broken(
        "name_resolution",
        "none within 3 s",
        "/etc/resolv.conf",
        "echo 'nameserver 192.0.2.1' > /run/resolv; mount --bind /run/resolv /etc/resolv.conf; "
        f"grep -v {ARCHIVE} /etc/hosts > /run/hosts; mount --bind /run/hosts /etc/hosts",
        "umount /etc/hosts; umount /etc/resolv.conf",
    ),
    "an archive that refuses": Broken(
        "package_source", "127.0.0.1", "the way out", *made_of("/etc/hosts", f"'$a 127.0.0.1 {ARCHIVE}'")
    ),
    "an archive that does not answer": Broken(
        "package_source",
        "Could not connect",
        "the way out",
        f"{ELSEWHERE[0]}; {SILENT}",
        "nft delete table inet test; umount /etc/hosts",
    ),
    "a proxy that is not there": Broken(
        "package_source",
        "127.0.0.1",
        "the way out",
        "echo 'Acquire::http::Proxy \"http://127.0.0.1:9\";' > /etc/apt/apt.conf.d/99proxy",
        "rm /etc/apt/apt.conf.d/99proxy",
    ),
    "sources of two releases": Broken(
        "package_sources_fit",
        "bullseye beside it",
        "take it out",
        f"echo '{OLD}' > /etc/apt/sources.list.d/old.list",
        "rm /etc/apt/sources.list.d/old.list",
    ),
    "no sources": Broken("package_sources_fit", "none", "name a mirror", *bound(SOURCES, "")),
    "a CD-ROM as the only source": Broken(
        "package_sources_fit", "a CD-ROM alone", "name a mirror", *bound(SOURCES, CDROM)
    ),
    "a source that apt cannot read": Broken(
        "package_sources_fit", "Malformed entry", "correct that line", *bound(SOURCES, "deb nonsense")
    ),
    "a package that is half installed": Broken(
        "packages_whole",
        "half installed: zstd",
        "dpkg --configure -a",
        *made_of(STATUS, "'/^Package: zstd$/,/^$/s/^Status: .*/Status: install ok half-configured/'"),
    ),
    "an unmet dependency": Broken(
        "packages_whole", "libzstd1", "--fix-broken", *made_of(STATUS, "'/^Package: libzstd1$/,/^$/d'")
    ),
    "package lists that are broken": Broken(
        "packages_whole", "parsing file", "status-old", *made_of(STATUS, "'20s/.*/broken/'")
    ),
    "a package manager that was stopped": Broken(
        "package_lock", "holds the lock and is stopped", "kill -CONT", HOLDS, "systemctl kill -s KILL holder; sleep 0.2"
    ),
    "another Python before the distribution's": Broken(
        "python_works",
        "/usr/local/bin/python3",
        "off root's PATH",
        "printf '#!/bin/sh\\necho Python 3.6\\n' > /usr/local/bin/python3; chmod +x /usr/local/bin/python3",
        "rm /usr/local/bin/python3",
    ),
}  # fmt: skip
SAMPLE = [
    "no card",
    "sudo with a password",
    "a read-only file system",
    "sources of two releases",
    "an unmet dependency",
]


@pytest.fixture(scope="module")
def machine() -> Iterator[Owned]:
    yield from owned(f"preflight-{os.getpid()}")


def test_a_machine_that_can_be_used_passes_and_is_not_changed(machine: Owned) -> None:
    machine.shell(f"touch {MARK}; sleep 0.1")
    for user in ("root", "anna"):
        said = machine.preflight(user)
        assert said.code == 0 and said.report["verdict"] == "passed", said.report
        assert said.refused_by == {}
    assert machine.shell(CHANGED) == ""


@cases.parametrize(CASES, SAMPLE)
def test_it_is_refused_with_its_reason_and_nothing_is_changed(
    fault: str, injected: Broken, machine: Owned, note: Note
) -> None:
    seen, seconds = injected.refused(machine)
    note(seen=seen.replace(ARCHIVE, "the archive"), after=f"refused after {seconds:.1f} s, nothing changed on it")
