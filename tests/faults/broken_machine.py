"""A machine that its owner has broken: `eigenherd preflight` says why, and changes nothing on it.

What `find` leaves out of the comparison: file systems in memory (/proc, /sys, /dev, /run, /tmp), which are gone with
the next start, and /var/log, where the machine itself writes down every login.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plan import catalog
from plan.plan import Gpu
from stacks import folder
from stacks.sandbox import scratch, simulation
from stacks.sandbox.record import Record
from tests.integration.deployed import ROOT

CARD = "RTX 4090"
MARK = "/run/eigenherd-test-mark"
LEFT_OUT = "/proc /sys /dev /run /tmp /var/log"
CHANGED = (
    f'for path in {LEFT_OUT}; do set -- "$@" -path $path -prune -o; done; '
    rf'find / -xdev "$@" \( -newer {MARK} -o -cnewer {MARK} \) -print'
)
# anna has sudo. The sandbox is a container of a simulated card: it would not do, so it says that it is none.
OWNED = """
useradd --create-home --shell /bin/bash anna
install -d -o anna -g anna -m 0700 /home/anna/.ssh
install -o anna -g anna -m 0600 /root/.ssh/authorized_keys /home/anna/.ssh/
echo 'anna ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/anna
printf '#!/bin/sh\\ncat /run/virt$1 2>/dev/null || echo none\\n' > /usr/local/bin/systemd-detect-virt
chmod +x /usr/local/bin/systemd-detect-virt
"""


@dataclass(frozen=True)
class Said:
    """What the command said, and how long all of it took, in seconds."""

    code: int
    report: dict[str, Any]
    seconds: float

    @property
    def refused_by(self) -> dict[str, dict[str, Any]]:
        """The critical checks that did not hold, by name."""
        return {
            result["check"]: result
            for result in self.report["results"]
            if result["severity"] == "critical" and result["outcome"] in {"failed", "error"}
        }


@dataclass(frozen=True)
class Owned:
    """Somebody's machine, with a card."""

    record: Record

    def shell(self, command: str) -> str:
        argv = ["ssh", "-F", str(scratch.ssh_config(self.record.stack)), self.record.name, "sh -e"]
        done = subprocess.run(argv, input=command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def preflight(self, user: str = "root", gpu: str = CARD, gpus: int = 1) -> Said:
        target = f"{user}@{self.record.ipv4}"
        key = " ".join(self.record.host_key.split()[:2])
        options = ["--identity", str(scratch.keys(self.record.stack) / "user"), "--host-key", key]
        command = [sys.executable, "-m", "eigenherd", "preflight", target, *options, "--json"]
        command += ["--gpu", gpu, "--gpus", str(gpus)]
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        seconds = time.monotonic() - started
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, json.loads(done.stdout), seconds)


def owned(stack: str) -> Iterator[Owned]:
    row = catalog.gpu(CARD)
    card = Gpu.model_validate({**row.model_dump(include=set(Gpu.model_fields)), "simulated": True})
    try:
        record = scratch.add(stack, "office", memory_gib=2, cards=simulation.cards_of(card))
        try:
            machine = Owned(record)
            machine.shell(OWNED)
            yield machine
        finally:
            shutil.rmtree(folder.of(f"preflight.{record.ipv4}"), ignore_errors=True)
    finally:
        scratch.remove(stack)


@dataclass(frozen=True)
class Broken:
    """How it is broken and mended; the check that refuses it, in which words, and what it says to do."""

    check: str
    found: str
    todo: str
    broken: str = "true"
    mended: str = "true"
    user: str = "root"
    gpu: str = CARD
    gpus: int = 1

    def refused(self, machine: Owned) -> tuple[str, float]:
        """What was said by this check and by no other, and in how many seconds; nothing was changed meanwhile."""
        try:
            machine.shell(self.broken)
            machine.shell(f"touch {MARK}; sleep 0.1")
            said = machine.preflight(self.user, self.gpu, self.gpus)
            changed = machine.shell(CHANGED)
        finally:
            machine.shell(self.mended)
        assert said.code == 1, said.report.get("sentence", said.report)
        assert set(said.refused_by) == {self.check}, {k: v["found"] for k, v in said.refused_by.items()}
        result = said.refused_by[self.check]
        assert self.found in result["found"] and self.todo in result["todo"], result
        assert changed == ""
        return f"{self.check}: {result['found']}", said.seconds


def bound(path: str, text: str) -> tuple[str, str]:
    """Another file stands in a file's place, and goes again."""
    stand_in = f"/run/{path.replace('/', '-')}"
    write = f"cat > {stand_in} <<'END'\n{text}\nEND\nchmod 755 {stand_in}\nmount --bind {stand_in} {path}"
    return write, f"umount {path}"


def made_of(path: str, sed: str) -> tuple[str, str]:
    """The file itself, as an editor would have changed it."""
    stand_in = f"/run/{path.replace('/', '-')}"
    return f"sed {sed} {path} > {stand_in}; mount --bind {stand_in} {path}", f"umount {path}"


def program(path: str, case: str) -> tuple[str, str]:
    """A program that answers some questions otherwise. case: the lines of a `case "$*" in`."""
    was = f"/run/was-{path.rpartition('/')[2]}"
    before, after = bound(path, f'#!/bin/sh\ncase "$*" in\n{case}\n*) exec {was} "$@" ;;\nesac')
    return f"cp -p {path} {was}\n{before}", after


def mounted(path: str, options: str) -> tuple[str, str]:
    """A file system of its own, in memory."""
    return f"mount -t tmpfs -o {options} tmpfs {path}", f"umount {path}"
