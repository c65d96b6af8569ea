"""Runs the real program over a machine on paper, with a real engine of a few lines on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.template import TEMPLATES
from tests.unit.kernel_set import world as world_module

PROGRAM = TEMPLATES / "opt/eigenherd/kernel_set"
COMMANDS = (
    "apt-get apt-mark dpkg dpkg-query dpkg-deb dpkg-repack dkms modinfo uname grub-reboot grub-set-default update-grub"
    " df systemctl gate watch"
)
OLD, NEW = "6.1.0-50-amd64", "6.1.0-51-amd64"
NAMES = ["linux-image-amd64", "linux-headers-amd64", "nvidia-driver-cuda", "nvidia-kernel-open-dkms"]
THERE = {
    "linux-image-amd64": "6.1.159-1",
    "linux-headers-amd64": "6.1.159-1",
    "linux-image-6.1.0-50-amd64": "6.1.159-1",
    "linux-headers-6.1.0-50-amd64": "6.1.159-1",
    "nvidia-driver-cuda": "580.95.05-1",
    "nvidia-kernel-open-dkms": "580.95.05-1",
    "bash": "5.2",
}
NEWER = {
    "linux-image-amd64": "6.1.164-1",
    "linux-headers-amd64": "6.1.164-1",
    "linux-image-6.1.0-51-amd64": "6.1.164-1",
    "linux-headers-6.1.0-51-amd64": "6.1.164-1",
    "nvidia-driver-cuda": "580.167.08-1",
    "nvidia-kernel-open-dkms": "580.167.08-1",
}


class Engine(BaseHTTPRequestHandler):
    """Lists its model and says one word."""

    word = "Yes"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"data": [], "choices": [{"message": {"content": self.word}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass
class Paper:
    """A machine on paper. run: a command of the program, its exit code and what it said."""

    root: Path

    @property
    def world(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.root / "world.json").read_text())
        return value

    def change(self, **values: Any) -> None:
        (self.root / "world.json").write_text(json.dumps(self.world | values))

    def settings(self, **values: Any) -> None:
        path = self.root / "etc/eigenherd/upkeep.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    def run(self, command: str) -> tuple[int, str]:
        variables = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "KERNEL_SET_WORLD": str(self.root)}
        words = [sys.executable, "-I", "-B", str(PROGRAM), command, "--root", str(self.root)]
        done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def written(self, name: str) -> dict[str, Any]:
        path = self.root / "var/lib/eigenherd/upkeep" / name
        value: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return value

    def keep(self, name: str, value: dict[str, Any]) -> None:
        (self.root / "var/lib/eigenherd/upkeep" / name).write_text(json.dumps(value))

    @property
    def said(self) -> str:
        return (self.root / "said").read_text()


@pytest.fixture
def engine() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def paper(tmp_path: Path, engine: str) -> Paper:
    for folder in ("bin", "boot/grub", "etc/eigenherd", "var/lib/eigenherd/upkeep", "proc/sys/kernel/random", "run"):
        (tmp_path / folder).mkdir(parents=True)
    for name in COMMANDS.split():
        path = tmp_path / "bin" / name
        path.write_text(f"#!{sys.executable} -S\n" + Path(world_module.__file__).read_text())
        path.chmod(0o755)
    machine = Paper(tmp_path)
    world = {
        "packages": THERE,
        "archive": NEWER,
        "held": NAMES,
        "half": [],
        "modules": {OLD: "580.95.05"},
        "running": OLD,
        "default": "",
        "once": "",
        "boots": 0,
        "free_mib": 9000,
    }
    (tmp_path / "world.json").write_text(json.dumps(world))
    settings = {
        "names": NAMES,
        "prefixes": ["linux-", "nvidia-", "libnvidia-"],
        "branch": 580,
        "overdue_days": 14,
        "window": "Sun 03:00 Europe/Berlin",
        "gate": ["gate"],
        "watch": ["watch"],
        "handover": "/etc/eigenherd/handover.json",
        "engine": engine,
        "model": "tiny:1m",
        "judge_s": 10,
    }
    (tmp_path / "etc/eigenherd/upkeep.json").write_text(json.dumps(settings))
    (tmp_path / "etc/eigenherd/handover.json").write_text(json.dumps({"handover": "without secrets"}))
    start = world_module
    start.HERE = tmp_path
    for kernel in (OLD,):
        start.build(world, kernel)
    start.settle(world)
    world["default"] = OLD
    start.boot(world)
    world["default"] = ""
    start.save(world)
    (tmp_path / "said").write_text("")
    return machine
