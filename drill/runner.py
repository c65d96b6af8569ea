"""`python3 -m drill.runner`: whether this computer can drill in the sandbox, before anything is installed.

Standard library only. A line for each thing that is needed; exit 0, or 2 with what to do.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MEMORY_GIB = 8  # one machine with 6, and the controller
DISK_GIB = 25  # packages and torch once in the cache, once unpacked, once on the machine
CACHE = Path("/var")

Need = tuple[str, str, bool, str]


def needs() -> Iterator[Need]:
    """What is needed, what was found, whether that does, and what to do."""
    linux = platform.system() == "Linux"
    yield (
        "Linux on x86-64",
        f"{platform.system()} {platform.machine()}",
        linux and platform.machine() == "x86_64",
        ("use a virtual machine or a self-hosted runner"),
    )
    version = sys.version_info[:2]
    yield "Python 3.11 to 3.13", platform.python_version(), (3, 11) <= version <= (3, 13), "install python3 of Debian"
    if not linux:
        return
    yield "root", f"user {os.getuid()}", os.getuid() == 0, "run the job as root, or with `sudo -E`"
    yield "apt-get", shutil.which("apt-get") or "none", bool(shutil.which("apt-get")), "use Debian 12 or 13"
    for words, command, todo in PROBES:
        said = attempt(command)
        yield words, said or "works", not said, todo
    memory_gib = memory_kib() / 2**20
    yield f"{MEMORY_GIB} GiB memory", f"{memory_gib:.1f} GiB", memory_gib >= MEMORY_GIB, "take a larger runner"
    disk_gib = shutil.disk_usage(CACHE).free / 2**30
    yield f"{DISK_GIB} GiB free in {CACHE}", f"{disk_gib:.0f} GiB", disk_gib >= DISK_GIB, "free some, or a larger disk"


PROBES = (
    (
        "namespaces as systemd-nspawn makes them",
        ["unshare", "--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "true"],
        "a container needs --privileged; a shared runner that forbids it cannot drill",
    ),
    ("loop devices", ["losetup", "--find"], "a container needs --privileged and the module loop"),
    (
        "mounts in a namespace of one's own",
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
        "a container needs --privileged",
    ),
    ("overlayfs", ["grep", "-qw", "overlay", "/proc/filesystems"], "run `modprobe overlay`"),
)


def attempt(command: list[str]) -> str:
    """Empty when it worked; else the last line of what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"`{' '.join(command)}` exited {done.returncode}"])[-1]


def memory_kib(path: Path = Path("/proc/meminfo")) -> int:
    words = next(line for line in path.read_text().splitlines() if line.startswith("MemTotal:")).split()
    return int(words[1])


def main() -> int:
    missing = 0
    for wanted, found, does, todo in needs():
        print(f"runner: {'ok' if does else 'missing'}: {wanted}: {found}{'' if does else f' -> {todo}'}", flush=True)
        missing += not does
    print(f"runner: {'it can drill' if not missing else f'it cannot drill, {missing} missing'}")
    return 2 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
