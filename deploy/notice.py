"""Before a machine is restarted, whoever is logged in is told; on somebody else's he is waited for."""

import shlex
import time
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import DeployError

from deploy.display import show
from deploy.facts.sessions import LoggedIn

PATIENCE_S = 900
GRACE_S = 60
PAUSE_S = 5
TOLD = "Eigenherd has installed an NVIDIA driver, which this machine has to be restarted for. "
WAITS = TOLD + f"It waits until everybody has logged out, for at most {PATIENCE_S // 60} minutes."
NOW = TOLD + f"It restarts in {GRACE_S} seconds: save your work."


def announce(state: Any, host: Any) -> None:
    """They may be thrown out, and have a moment to save their work; nobody waits where nobody is."""
    if users := logged_in(host):
        wall(host, NOW)
        show(f"{host.name}: restarts in {GRACE_S} s; told to {', '.join(users)}")
        time.sleep(GRACE_S)


def wait_for_users(state: Any, host: Any) -> None:
    """Raises DeployError if somebody is still there after PATIENCE_S."""
    users = logged_in(host)
    if not users:
        return
    wall(host, WAITS)
    show(f"{host.name}: a restart waits for {', '.join(users)} to log out, at most {PATIENCE_S // 60} minutes")
    started = time.monotonic()
    while users := logged_in(host):
        if time.monotonic() - started > PATIENCE_S:
            raise DeployError(refusal(users))
        time.sleep(PAUSE_S)


def logged_in(host: Any) -> list[str]:
    """Asked each time anew: a fact would be remembered."""
    fact = LoggedIn()
    worked, output = host.connector.run_shell_command(StringCommand(fact.command()))
    if not worked:
        raise DeployError(f"{host.name} does not tell who is logged in: {output.stderr}; run `who` there")
    return fact.process(str(output.stdout).splitlines())


def wall(host: Any, text: str) -> None:
    """To every terminal; where nobody has one, there is nobody to read it."""
    command = StringCommand(f"wall {shlex.quote(text)}")
    host.connector.run_shell_command(command, _sudo=host.data.get("_sudo", False))


def refusal(users: list[str]) -> str:
    return (
        f"the driver needs a reboot, and somebody is logged in: {', '.join(users)}; when they have logged out, run the"
        " same command again; or write `reboot: allowed` under the machine"
    )
