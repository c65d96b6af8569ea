"""SSH to a server whose host key is known beforehand, with the stack's own key, as root."""

import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import folder, ssh
from stacks.existing import host_key

PATIENCE_S = 5


class Shell:
    """config: an ssh_config that is strict about the host key."""

    def __init__(self, config: Path, name: str) -> None:
        self.config, self.name = config, name

    def run(self, script: str, text: str = "", timeout_s: float = 60) -> str:
        """What the script printed. text: its input, for what must be on no command line."""
        command = ["ssh", "-F", str(self.config), "-o", "BatchMode=yes", self.name, f"sh -c {shlex.quote(script)}"]
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            raise ProviderError(f"{self.name} to answer over SSH", f"nothing in {timeout_s:g} s", "try again") from None
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise ProviderError(f"a command on {self.name} to succeed", f"exit {done.returncode}: {said}", "try again")
        return done.stdout


@contextmanager
def opened(machine: Machine, planned: MachinePlan, private_key: str, own: Path) -> Iterator[Shell]:
    """own: a folder for this connection alone, below the stack's; it is gone afterwards.

    The stack's own folder is written by its stages, which come later.
    """
    folder.make(own.parent)
    own.mkdir(mode=0o700, exist_ok=True)
    try:
        folder.write_private(own / "id_ed25519", private_key.strip() + "\n")
        folder.write_private(own / "ssh_config", ssh.config(machine, planned, own, own))
        folder.write_private(own / "known_hosts", ssh.known_hosts(machine))
        yield Shell(own / "ssh_config", machine.name)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def key_there(address: str, port: int = 22) -> list[str]:
    """The host keys that answer at this address; none where no SSH server does."""
    try:
        with socket.create_connection((address, port), PATIENCE_S):
            pass
        return [key for _, key in host_key.offered(address, port)]
    except (OSError, EOFError, ProviderError):
        return []
