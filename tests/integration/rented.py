"""A stack of rented servers with a real Pulumi, a fake of Robot as a process, and sandbox machines behind it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from stacks.sandbox import sweep
from tests.checkouts import Checkout

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "planted-robot-password-7c31e9"
USER = "#ws+fake"
TIMEOUT_S = 400


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@dataclass
class FakeRobot:
    """The fake in a process of its own; `restart` kills it first."""

    folder: Path
    stack: str
    layer: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True, mode=0o700)
        books = self.folder / "books.json"
        if not books.exists():
            books.write_text(json.dumps({"account": {"user": USER, "password": PASSWORD}}))
        argv = [sys.executable, "-m", "tests.fakes.robot", "--books", str(self.folder), "--port", str(self.port)]
        more = ["--machines", self.stack, *(["--layer", self.layer] if self.layer else [])]
        log = (self.folder / "log").open("a")
        self.process = subprocess.Popen([*argv, *more], cwd=ROOT, stdout=log, stderr=log, text=True)
        for _ in range(200):
            with suppress(httpx.HTTPError):
                httpx.get(f"{self.url}/-/books")
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def end(self) -> None:
        self.kill()
        sweep.sweep(self.stack)

    def control(self, where: str, **value: Any) -> Any:
        answer = httpx.post(f"{self.url}/-/{where}", json=value)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def books(self) -> dict[str, Any]:
        value: dict[str, Any] = httpx.get(f"{self.url}/-/books").json()
        return value

    def traffic(self) -> list[dict[str, Any]]:
        value: list[dict[str, Any]] = httpx.get(f"{self.url}/-/traffic").json()
        return value


@dataclass
class Rented:
    """The small program's stack, in the checkout's copy of it and with a state of its own."""

    checkout: Checkout
    fake: FakeRobot
    name: str

    @property
    def folder(self) -> Path:
        return self.checkout.path / "tests/integration/programs/robot"

    @property
    def file(self) -> Path:
        return self.folder / f"Pulumi.{self.name}.yaml"

    def make(self) -> None:
        self.state.mkdir(exist_ok=True)
        self("stack", "init")
        self("config", "set", "--secret", "eigenherd:robotPassword", PASSWORD)
        self("config", "set", "eigenherd:robotUser", USER)
        self("config", "set", "eigenherd:robotEndpoint", self.fake.url)

    @property
    def state(self) -> Path:
        return self.checkout.path / ".eigenherd" / "rented"

    def ask(self, **machine: Any) -> None:
        content = yaml.safe_load(self.file.read_text())
        content["config"]["eigenherd:environment"] = {
            "machine": {"provider": "robot", **machine},
            "models": ["smollm2:135m"],
            "gateway": {"allow": ["10.0.0.0/8"]},
            "clients": ["demo"],
        }
        self.file.write_text(yaml.safe_dump(content))

    def variables(self) -> dict[str, str]:
        own = {"PULUMI_BACKEND_URL": f"file://{self.state}", "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests"}
        kept = {key: value for key, value in self.checkout.variables().items() if "PASSPHRASE" not in key}
        return {**kept, **own}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = ["pulumi", *arguments, "--stack", self.name, "--non-interactive", "--color", "never"]
        pipe = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=self.folder, env=self.variables(), text=True, **pipe)  # type: ignore[call-overload,no-any-return]

    def __call__(self, *arguments: str, ok: bool = True) -> str:
        with self.start(*arguments) as running:
            said, _ = running.communicate(timeout=TIMEOUT_S)
        assert (running.returncode == 0) is ok, f"{arguments} exited {running.returncode}:\n{said}"
        text: str = said
        return text

    def up(self, ok: bool = True) -> str:
        return self("up", "--yes", "--skip-preview", "--suppress-outputs", ok=ok)

    def refresh(self) -> str:
        return self("refresh", "--yes", "--skip-preview", "--suppress-outputs")

    def killed_up(self, after: str, wait_s: float) -> None:
        """Kill pulumi itself, so that its plugins live on, so long after it said that."""
        running = self.start("up", "--yes", "--skip-preview", "--suppress-outputs")
        assert running.stdout
        assert any(after in line for line in running.stdout), f"{after!r} was never shown"
        time.sleep(wait_s)
        running.kill()
        running.wait()
        running.stdout.close()

    def repair(self) -> None:
        """As README says for plain pulumi."""
        self("cancel", "--yes")
        self("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--suppress-outputs")
        self.up()

    def output(self, name: str) -> Any:
        return json.loads(self("stack", "output", "--json", "--show-secrets"))[name]

    @property
    def machine(self) -> dict[str, Any]:
        value: dict[str, Any] = self.output("machines")["main"]
        return value

    def ssh(self, command: str, folder: Path) -> str:
        """As root, with the stack's key, if the machine has the host key that the state names."""
        machine, key, known = self.machine, folder / "key", folder / "known"
        key.touch(mode=0o600)
        key.write_text(self.output("ssh_key"))
        known.write_text(f"{machine['address']} {machine['host_keys'][0]}\n")
        strict = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "BatchMode=yes", "IdentitiesOnly=yes")
        options = [word for option in strict for word in ("-o", option)]
        argv = ["ssh", "-i", str(key), *options, f"root@{machine['address']}", command]
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout

    def destroy(self) -> str:
        return self("destroy", "--yes", "--skip-preview")


def pid_name(name: str) -> str:
    return f"{name}-{os.getpid()}"
