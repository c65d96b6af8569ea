"""Whether a machine can be asked at all, found out in seconds: what cannot is drift, and no reason to wait."""

import os
import select
import socket
import subprocess
from pathlib import Path

from plan.machine import Machine
from plan.plan import MachinePlan

PATIENCE_S = 5
GREETING = b"SSH-"


def answers(machine: Machine, planned: MachinePlan, ssh_config: Path) -> bool:
    """Whether an SSH server greets us there; the computer one sits at always does.

    ssh_config: the file that knows the host in between, if there is one.
    """
    if planned.provider_settings.get("address") == "this":
        return True
    if planned.provider_settings.get("jump_address"):
        return _greets_through(machine, ssh_config)
    try:
        with socket.create_connection((machine.address, machine.port), PATIENCE_S) as connection:
            return connection.recv(len(GREETING)) == GREETING
    except OSError:
        return False


def _greets_through(machine: Machine, ssh_config: Path) -> bool:
    """Two connections, one after the other, so twice the patience."""
    command = ["ssh", "-F", str(ssh_config), "-o", "BatchMode=yes", "-o", f"ConnectTimeout={PATIENCE_S}"]
    command += ["-W", f"[{machine.address}]:{machine.port}", f"{machine.name}-jump"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as hop:
        assert hop.stdout  # noqa: S101 (a pipe was asked for)
        try:
            readable, _, _ = select.select([hop.stdout], [], [], 2 * PATIENCE_S)
            return bool(readable) and os.read(hop.stdout.fileno(), len(GREETING)) == GREETING
        finally:
            hop.kill()
