"""What a deployment made on a machine, read over the stack's own SSH configuration."""

import json
import subprocess
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Handover
from plan.value import Value

SCRIPT = Path(__file__).with_name("on_machine.py")
TIMEOUT_S = 120


class Found(Value):
    """packages: all that are installed, to version and architecture. made: those, users and groups that came with us.

    paths: what is ours, to a sum; of what is each machine's own only that it is there.
    """

    system: str
    packages: dict[str, tuple[str, str]]
    made: dict[str, tuple[str, ...]]
    paths: dict[str, str]
    holds: tuple[str, ...]


def read(handover: Handover, name: str) -> Found:
    """Raises ProviderError where there is no manifest, or no answer."""
    text = SCRIPT.read_bytes()
    return Found.model_validate(json.loads(run(handover, name, "python3 -I -B -", text)))


def run(handover: Handover, name: str, command: str, text: bytes = b"") -> bytes:
    """As root. text: on the command's standard input."""
    machine = next(machine for machine in handover.machines if machine.name == name)
    root = "sudo -n -- " if machine.sudo else ""
    argv = ["ssh", "-F", str(handover.ssh_config), "-o", "BatchMode=yes", name, f"{root}{command}"]
    done = subprocess.run(argv, input=text, capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise ProviderError(f"{name}: a machine that was deployed to, with its manifest", said[:300], "deploy to it")
    return done.stdout
