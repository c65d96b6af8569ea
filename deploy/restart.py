"""A machine starts anew in the middle of a run: waited for by its boot id, then taken for the run again."""

import time
from typing import Any

from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError, DeployError

from deploy.display import show

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
REBOOT = "systemd-run --on-active=1 systemctl reboot"

# sshd answers in the middle of a boot: what is looked at then may be another thing a moment later.
BOOTED = "timeout 60 systemctl is-system-running --wait || true"

# A server with much memory takes minutes before its firmware starts anything.
BOUND_S = 900
PAUSE_S = 2


def restart(state: Any, host: Any) -> None:
    """Raises DeployError if the machine does not come back in time; names what it last said."""
    connector = host.connector
    before = boot_id(connector)
    show(f"{host.name}: restarts now, and is waited for")
    began, _ = connector.run_shell_command(StringCommand(REBOOT), _sudo=host.data.get("_sudo", False))
    if not before or not began:
        raise DeployError(f"{host.name} does not restart: run `{REBOOT}` there and see what it says")
    started = time.monotonic()
    last = "the machine still runs as before"
    while time.monotonic() - started < BOUND_S:
        try:
            if boot_id(connector) not in ("", before):
                connector.run_shell_command(StringCommand(BOOTED), _sudo=host.data.get("_sudo", False))
                show(f"{host.name}: is back after {time.monotonic() - started:.0f} s")
                return
        except (OSError, EOFError, SSHException) as error:
            last = str(error)
        time.sleep(PAUSE_S)
        try:
            connector.reconnect()
        except (ConnectError, OSError, EOFError, SSHException) as error:
            # Also a refused key: a machine that goes down lets nobody in.
            last = str(error)
    raise DeployError(f"{host.name} is not back {BOUND_S} s after its restart: {last}; look at its console")


def boot_id(connector: Any) -> str:
    if not connector.is_alive:
        return ""
    worked, output = connector.run_shell_command(StringCommand(BOOT_ID))
    return str(output.stdout).strip() if worked else ""
