"""Whether a machine can be asked at all, found out in seconds: what cannot is drift, and no reason to wait."""

import socket

from plan.machine import Machine
from plan.plan import MachinePlan

PATIENCE_S = 5


def answers(machine: Machine, planned: MachinePlan) -> bool:
    """Whether an SSH server greets us there, or on the host in between; the computer one sits at always does."""
    settings = planned.provider_settings
    if settings.get("address") == "this":
        return True
    place = machine.address, machine.port
    if jump := settings.get("jump_address"):
        place = str(jump), int(settings.get("jump_port") or 22)
    try:
        with socket.create_connection(place, PATIENCE_S) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
