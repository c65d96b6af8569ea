"""One run at a time: a lock per stack on the controller, and one on each machine.

On a machine the door is exclusive and the work shared: a run takes the lock exclusively, then holds
it shared together with every command it starts. A command that outlives its controller so keeps the
next run out until it ends, and nothing has to be cleaned up after a crash.
"""

import fcntl
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paramiko import Channel, Transport
from pyinfra.api.exceptions import ConnectError

from plan.errors import EigenherdError

LOCK = "/run/eigenherd/lock"
SHARE = f"exec 9<{LOCK} && flock -s 9"

# Once nobody else is at work, what an earlier run left in /tmp is rubbish. The folder is the SSH user's,
# and goes at the word of this run: without it, a command that outlives us may still need what is in it.
HOLD = f"""\
mkdir -p -m 700 /run/eigenherd && exec 9>>{LOCK} || exit 1
flock -n -x 9 || {{ echo "busy since $(cat /run/eigenherd/since)"; exit 1; }}
date +%H:%M:%S >/run/eigenherd/since
user=${{SUDO_UID:-0}}
find /tmp -maxdepth 1 -name 'eigenherd.*' -user $user -exec rm -rf {{}} +
folder=$(mktemp -d /tmp/eigenherd.XXXXXXXXXX) && chown $user $folder || exit 1
flock -s 9 && echo held $folder && read -r word && rm -rf $folder
"""


class Busy(EigenherdError):
    """Another run is at work on the same stack."""


@dataclass(frozen=True)
class Held:
    """A machine that is ours until the channel ends. folder: on it, for uploads; nobody else can read it."""

    channel: Channel
    folder: str

    def release(self) -> None:
        """Give it back, without the folder, and wait until it is free."""
        self.channel.sendall(b"done\n")
        self.channel.recv_exit_status()


def hold(transport: Transport, machine: str, sudo: bool) -> Held:
    """Take the machine and make the folder; raises ConnectError if it is taken, or root is out of reach."""
    channel = transport.open_session()
    shell = f"sh -c {shlex.quote(HOLD)}"
    channel.exec_command(f"sudo -n {shell}" if sudo else shell)
    answer = channel.makefile("rb").readline().decode().strip()
    if answer.startswith("held "):
        return Held(channel, answer.removeprefix("held "))
    reason = answer or channel.makefile_stderr("rb").read().decode().strip()
    if answer.startswith("busy"):
        raise ConnectError(f"another deployment works on {machine}, {reason}; wait for its end, then run this again")
    raise ConnectError(f"cannot become root on {machine}: {reason}; sudo has to work without a password")


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold the stack's lock on this computer; it ends with the process, however that ends."""
    with (folder / "deploy.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            found = f"process {lock.read().strip() or 'unknown'} at work on it"
            raise Busy(f"one deployment of {folder.name} at a time", found, "wait for its end") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
