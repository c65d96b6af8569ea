"""Machines that cannot be used as they are: `up` on a real one says why, and leaves it as it was."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from stacks.sandbox import scratch
from tests.checkouts import Checkout
from tests.integration.deployed import SNAPSHOT

# What Pulumi's display puts before a line: the resource and its state, then the kind of exception.
DISPLAY = re.compile(r"^.*(?:creating|updating) \([^)]*\) |^.*error: ")
MADE_BY_US = ("Deployment", "Verification", "Preflight")


@dataclass(frozen=True)
class Land:
    """Somebody's machine, small; `reached` is how an environment names it."""

    stack: str
    reached: Mapping[str, Any]

    def shell(self, command: str) -> str:
        argv = ["ssh", "-F", str(scratch.ssh_config(self.stack)), "office", command]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Host:
    """What is wrong with the machine or with how it is named, and the words of the three parts of the answer."""

    wanted: str
    found: str
    todo: str
    machine: Mapping[str, Any] = field(default_factory=dict)
    prepare: str = "true"
    undo: str = "true"

    def ask(self, checkout: Checkout, name: str, land: Land) -> str:
        machine = {key: value for key, value in {**land.reached, **self.machine}.items() if value is not None}
        asked = {"machine": machine, "models": ["smollm2:135m"], "clients": ["demo"]}
        land.shell(self.prepare)
        try:
            untouched = land.shell(SNAPSHOT)
            checkout.environment(name, asked)
            command = [sys.executable, "-m", "eigenherd", "up", name]
            done = subprocess.run(
                command, cwd=checkout.path, env=checkout.variables(), capture_output=True, text=True, timeout=300
            )
            said = done.stdout + done.stderr
            assert done.returncode == 1 and "Traceback" not in said, said
            assert made(checkout, name).isdisjoint(MADE_BY_US), "a stage was recorded as done"
            assert land.shell(SNAPSHOT) == untouched
            return said
        finally:
            land.shell(self.undo)
            if (checkout.path / ".eigenherd/state/.pulumi/stacks/eigenherd" / f"{name}.json").exists():
                checkout.eigenherd("down", name)
                checkout.pulumi("stack", "rm", "--yes", "--stack", name)
            (checkout.path / "stacks" / f"Pulumi.{name}.yaml").unlink(missing_ok=True)


def made(checkout: Checkout, name: str) -> set[str]:
    """Kinds of resources that the state holds."""
    state = json.loads(checkout.pulumi("stack", "export", "--stack", name))
    return {resource["type"].rpartition(":")[2] for resource in state["deployment"].get("resources", [])}


def land(stack: str) -> Iterator[Land]:
    try:
        made = scratch.add(stack, "office", disk_gib=2, memory_gib=1)
        reached = {
            "provider": "existing",
            "address": str(made.ipv4),
            "identity": str(scratch.keys(stack) / "user"),
            "host_key": " ".join(made.host_key.split()[:2]),
        }
        there = Land(stack, reached)
        there.shell(ANNA)
        yield there
    finally:
        scratch.remove(stack)


ANNA = """
useradd --create-home --shell /bin/bash anna
install -d -o anna -g anna -m 0700 /home/anna/.ssh
install -o anna -g anna -m 0600 /root/.ssh/authorized_keys /home/anna/.ssh/
"""


def words(said: str, host: Host) -> str:
    """Assert the three parts, wherever Pulumi's display puts them; return the line that names the fault."""
    assert "Traceback" not in said, said
    lines = [re.sub(DISPLAY, "", line).strip() for line in said.splitlines()]
    for at, line in enumerate(lines):
        asks, _, finds = line.partition(" found " if ": found " not in line else ": found ")
        if host.wanted in asks and host.found in finds and host.todo in "\n".join(lines[at : at + 3]):
            return line
    pytest.fail(f"nothing says {host.wanted}, {host.found}, {host.todo}:\n{said}")
