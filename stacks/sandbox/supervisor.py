"""The process that is a machine: it mounts the disk, runs systemd-nspawn, and runs it again after a reboot.

Started detached (`python -m stacks.sandbox.supervisor FOLDER`), it outlives whoever started it. It holds
the lock file of the machine's folder as long as it lives, so that "running" needs no guess about process
numbers. All mounts are in a namespace of its own and go away with it; so does nspawn, but the machine's
processes survive a killed supervisor, which is why `power.on` begins with `power.cut`.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from stacks.sandbox import cgroup, layer, places
from stacks.sandbox.command import run
from stacks.sandbox.record import Record, load

REBOOT = 133  # what nspawn exits with, where it may not talk to systemd, when the machine reboots
CLONE_NEWNS = 0x00020000
PR_SET_PDEATHSIG = 1
BOOTED_BY_SYSTEMD = Path("/run/systemd/system")
LIBC = ctypes.CDLL(None, use_errno=True)

# Version 2 of control groups inside whatever this computer has: Debian 13's systemd demands it.
ENVIRONMENT = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}


def arguments(record: Record) -> list[str]:
    """The nspawn command line: it is to touch nothing of this computer but the root given."""
    mirror = [
        f"--bind-ro={places.CACHE / kind}:{places.MIRROR_IN_MACHINE}/{kind}"
        for kind in places.MIRROR
        if (places.CACHE / kind).is_dir()
    ]
    return [
        "systemd-nspawn",
        "--quiet",
        "--keep-unit",
        "--register=no",
        "--settings=no",
        "--boot",
        f"--directory={record.root}",
        f"--machine={record.container}",
        f"--hostname={record.name}",
        f"--network-bridge={record.bridge}",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--console=pipe",
        "--kill-signal=SIGRTMIN+4",
        *mirror,
    ]


def hold(folder: Path) -> int:
    """Take the machine's lock and write our process number into it; exit if another supervisor has it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("the machine runs already")
    os.truncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def unshare_mounts() -> None:
    if LIBC.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run(["mount", "--make-rprivate", "/"])


def write_pending(record: Record) -> None:
    """Write the files the machine is to have before it boots, secret ones among them, and forget them."""
    if not record.pending.exists():
        return
    for name, file in json.loads(record.pending.read_text()).items():
        target = record.root / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink():
            target.unlink()
        target.touch(mode=file["mode"])
        target.chmod(file["mode"])
        target.write_text(file["text"])
    os.sync()
    record.pending.unlink()


class Boots:
    """nspawn, run once for each boot until the machine powers off or we are asked to stop it."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.stopping = False
        self.process: subprocess.Popen[bytes] | None = None
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Ask for an orderly shutdown; nspawn takes a second request as an order to end at once."""
        self.stopping = True
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)

    def once(self) -> int:
        def die_together() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

        argv = arguments(self.record)
        self.process = subprocess.Popen(argv, env=ENVIRONMENT, preexec_fn=die_together)
        return self.process.wait()

    def run(self) -> int:
        status = REBOOT
        while status == REBOOT and not self.stopping:
            status = self.once()
            print(f"--- nspawn ended with {status} ---", flush=True)
        return status


def main(folder: Path) -> int:
    record = load(folder)
    if record is None:
        sys.exit(f"no machine in {folder}")
    hold(folder)
    unit = places.unit(record.stack, record.name)
    if not BOOTED_BY_SYSTEMD.exists():
        cgroup.join(unit, record.memory_gib)
    unshare_mounts()
    layer.mount(record)
    write_pending(record)
    status = Boots(record).run()
    cgroup.kill(unit)  # a killed nspawn leaves the machine's processes behind
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
