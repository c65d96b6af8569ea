"""A run of `eigenherd` in a process group of its own that is killed at a moment the display shows."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eigenherd import process
from stacks.sandbox import machine, places, power, record, sweep
from tests.checkouts import Checkout
from tests.integration.test_sandbox_machine import traces

ASKED = {
    "machine": {"provider": "sandbox"},
    "gpu": "none",
    "models": ["smollm2:135m"],
    "clients": ["demo"],
}
RUN_TIMEOUT_S = 400
KILLED = re.compile(r"was killed|lived on|cut off while|at work \(process|removing what an earlier|no state knew")


@dataclass(frozen=True)
class Kill:
    """after: what the display shows; wait_ms: how long after that. group: only pulumi's own, so its plugins live on."""

    after: str
    wait_ms: int
    group: bool


@dataclass
class Stack:
    """One environment of a checkout, made from the deployed layer."""

    checkout: Checkout
    name: str
    mark: str = field(init=False)

    def __post_init__(self) -> None:
        self.mark = f"EIGENHERD_FAULT={self.name}"
        self.checkout.environment(self.name, ASKED)

    def variables(self) -> dict[str, str]:
        name, _, value = self.mark.partition("=")
        return {**self.checkout.variables(), "PYTHONUNBUFFERED": "1", name: value}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "eigenherd", *arguments, self.name],
            cwd=self.checkout.path,
            env=self.variables(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as running:
            said, _ = running.communicate(timeout=RUN_TIMEOUT_S)
        return running.returncode, said

    def succeed(self, *arguments: str) -> str:
        code, said = self.run(*arguments)
        assert code == 0, f"{arguments} of {self.name} exited {code}:\n{said}"
        return said

    def kill(self, kill: Kill, *arguments: str) -> str:
        """Start, wait for the moment, kill; the last line that was seen."""
        running = self.start(*arguments)
        assert running.stdout
        said = []
        for line in running.stdout:
            said.append(line)
            if re.search(kill.after, line):
                break
        else:
            raise AssertionError(f"{kill.after!r} was never shown:\n{''.join(said)}")
        time.sleep(kill.wait_ms / 1000)
        if kill.group:
            os.killpg(running.pid, signal.SIGKILL)
        else:
            self.end_all()
        running.wait(timeout=60)
        running.stdout.close()
        return said[-1].strip()

    def running(self) -> list[int]:
        """The processes of its runs, told by a variable that all inherit; the supervisor is the machine."""
        marked = [pid for pid in process.everybody() if has(pid, self.mark)]
        return [pid for pid in marked if "stacks.sandbox.supervisor" not in process.arguments(pid)]

    def end_all(self) -> None:
        for _ in range(3):  # what was started meanwhile
            for pid in self.running():
                process.kill(pid)

    def processes(self) -> list[str]:
        return [" ".join(words)[:120] for pid in self.running() if (words := process.arguments(pid))]

    def state(self) -> dict[str, Any]:
        """The stack as Pulumi has it, secrets in the clear; empty where there is none."""
        command = ["pulumi", "stack", "export", "--show-secrets", "--stack", self.name, "--non-interactive"]
        done = subprocess.run(command, cwd=self.checkout.path, env=self.variables(), capture_output=True, text=True)
        deployment: dict[str, Any] = json.loads(done.stdout)["deployment"] if done.returncode == 0 else {}
        return deployment or {}

    def resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.state().get("resources") or []
        return found

    def secrets(self) -> dict[str, str]:
        """Each secret that the state holds, by its resource's name."""
        return {
            resource["urn"].rpartition("::")[2]: json.dumps(resource["outputs"]["private"])
            for resource in self.resources()
            if resource["type"].endswith("Secret")
        }

    def state_file(self) -> Path:
        return next(self.state_folder().glob(f"stacks/*/{self.name}.json"))

    def state_folder(self) -> Path:
        return self.checkout.path / ".eigenherd/state/.pulumi"

    def lose_state(self) -> None:
        """The stack's state, its backups and its history: all of it."""
        for path in [path for path in self.state_folder().rglob(f"{self.name}*") if path.is_file()]:
            path.unlink()


def has(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def assert_once(stack: Stack) -> None:
    """One machine, bridge, table and supervisor; in the state nothing twice, half made, or of another instance."""
    made = record.of_stack(stack.name)
    assert [one.name for one in made] == ["main"]
    state = stack.state()
    resources = state["resources"]
    urns = [resource["urn"] for resource in resources]
    assert len(set(urns)) == len(urns) and not [r for r in resources if r.get("delete")]
    assert not state.get("pending_operations")
    known = next(r["outputs"]["machine"]["instance"] for r in resources if r["type"].endswith("SandboxMachine"))
    assert made[0].instance == known
    assert machine.state(stack.name, "main", known) == "running"
    lines = traces(stack.name)
    tag = places.tag(stack.name)
    assert len([line for line in lines if line.startswith("table:")]) == 1
    bridges = {line.split()[2] for line in lines if line.startswith("interface:") and f"eh-{tag}" in line.split()[2]}
    assert bridges == {places.bridge(stack.name)}
    running = [process.arguments(pid) for pid in sweep.processes(stack.name)]
    assert len([words for words in running if "stacks.sandbox.supervisor" in words]) == 1, running
    assert len([line for line in lines if line.startswith("loop:")]) == 1
    assert power.until(lambda: not stack.processes(), 5), stack.processes()


def assert_nothing(stack: Stack) -> None:
    assert sweep.remains(stack.name) == []
    assert traces(stack.name) == []
    assert not (stack.checkout.path / ".eigenherd" / stack.name).exists()
    assert power.until(lambda: not stack.processes(), 5), stack.processes()


def clear(stack: Stack) -> None:
    """However a test ended: no process and no machine of it stays."""
    for pid in process.everybody():
        if has(pid, stack.mark):
            process.kill(pid)
    sweep.sweep(stack.name)


def met(said: str) -> str:
    """What a run said about what it met of an earlier one."""
    lines = [line.strip() for line in said.splitlines() if KILLED.search(line)]
    lines = [re.sub("(no state knew of):.*", r"\1", line) for line in lines]
    plain = [re.sub(r"^.*?(main|[\w-]+-\d+): ", "", line) for line in dict.fromkeys(lines)]
    return "; ".join(re.sub(r"[ (]*process [\d, ]+\)?", " ", line).strip() for line in plain)


def deployed(stack: Stack) -> None:
    """Up as far as its deployment: an `up` that loses everything when its verification begins."""
    stack.kill(Kill("Verification verification creating", 0, group=False), "up")
