"""Deployments that go through a relay of ours, and are acted upon while an operation is at work."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.watched import MARK, PIPE
from tests.integration.deployed import Answer, Deployed
from tools.relay import Relay


@contextmanager
def reached_through(relay: Relay, deployed: Deployed) -> Iterator[None]:
    """The stack's ssh_config leads to the relay."""
    config = Path(deployed.handover.ssh_config)
    direct = config.read_text()
    config.write_text(re.sub(r"Port .*", f"Port {relay.port}", re.sub(r"HostName .*", "HostName 127.0.0.1", direct)))
    try:
        yield
    finally:
        config.write_text(direct)


def without_version(operation: str) -> str:
    return re.sub(r" [\d.]+(\+\w+)?$", "", operation)


def deploy_watched(deployed: Deployed, act: Callable[[list[str]], None]) -> tuple[Answer, list[str]]:
    """A run, and the operations that had begun; `act` is called with these before each goes on."""
    reading, writing = os.pipe()
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.watched"],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[reading],
        env={**os.environ, PIPE: str(reading)},
    )
    os.close(reading)
    assert run.stdin and run.stdout
    run.stdin.write(deployed.handover.model_dump_json())
    run.stdin.close()
    text, begun = "", list[str]()
    for line in run.stdout:
        if line.startswith(MARK):
            begun.append(without_version(line.split(" ", 2)[2].rstrip()))
            act(begun)
            os.write(writing, b".")
        else:
            text += line
    os.close(writing)
    return Answer(run.wait(), text), begun
