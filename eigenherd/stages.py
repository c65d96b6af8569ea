"""Runs a stage alone, with the handover of a stack that is up."""

import subprocess
import sys
from pathlib import Path

from rich.console import Console

from eigenherd import pulumi
from plan.machine import Handover
from stacks import folder


def handover_of(name: str) -> Handover:
    return Handover.parse(pulumi.text_output(name, "handover"))


def verify(name: str, stage: str, parts: str) -> int:
    handover = handover_of(name)
    folder.write(handover)
    command = [sys.executable, "-m", "verify", "--stage", stage, *(["--parts", parts] if parts else [])]
    return subprocess.run(command, cwd=pulumi.ROOT, input=handover.model_dump_json(), text=True, check=False).returncode


def clients(name: str) -> None:
    handover = handover_of(name)
    folder.write(handover)
    home = Path(handover.folder)
    console = Console(highlight=False, soft_wrap=True)
    for client in handover.plan.clients:
        console.print(f"{client.name}  generation {client.generation}  {home / 'headers' / client.name}")
    if handover.secrets.ca_certificate:
        console.print(f"CA certificate for their computers: {home / 'ca.pem'}")
    console.print("A name more or a higher `generation` under `clients:`, then `up`, is a new key.")
