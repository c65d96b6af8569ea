"""One run at a time: a lock per stack on the controller, and one on each machine.

On a machine the door is exclusive and the work shared: a run takes the lock exclusively, then holds
it shared together with every command it starts. For a command that outlives its controller the next run
waits, and nothing has to be cleaned up after a crash.
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

from deploy.display import show
from plan.errors import EigenherdError

FOLDER = "/run/eigenherd"
LOCK = f"{FOLDER}/lock"
SHARE = f"exec 9<{LOCK} && flock -s 9"

ORPHAN_TIMEOUT_S = 600
SIGN_S = 10

# The door is held by a run itself, the lock by its commands as well. So a closed door is a run that lives (for a
# moment perhaps no more than its end), and a lock behind an open door is what an ended run has left at work.
# Once nobody is at work, what an earlier run left in /tmp is rubbish. The folder is the SSH user's,
# and goes at the word of this run: without it, a command that outlives us may still need what is in it.
HOLD = f"""\
mkdir -p -m 700 {FOLDER} && exec 8>>{FOLDER}/door 9>>{LOCK} || exit 1
flock -w 3 -x 8 || {{ echo "busy since $(cat {FOLDER}/since)"; exit 1; }}
waited=0
until flock -w {SIGN_S} -x 9; do
  waited=$((waited + {SIGN_S}))
  left=$(exec 8>&- 9>&-; for process in /proc/[0-9]*; do
    [ "$process" = /proc/$$ ] || ls -l $process/fd 2>/dev/null | grep -q {LOCK} && cat $process/comm
  done | sort -u | tr '\\n' ' ')
  [ $waited -lt {ORPHAN_TIMEOUT_S} ] || {{ echo "orphan $left"; exit 1; }}
  echo "waiting $left"
done
date +%H:%M:%S >{FOLDER}/since
user=${{SUDO_UID:-0}}
find /tmp -maxdepth 1 -name 'eigenherd.*' -user $user -exec rm -rf {{}} +
folder=$(mktemp -d /tmp/eigenherd.XXXXXXXXXX) && chown $user $folder || {{ echo room; exit 1; }}
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
    """Take the machine and make the folder; raises ConnectError if it is taken, or root is out of reach.

    What an ended run has left at work there is waited for.
    """
    channel = transport.open_session()
    shell = f"sh -c {shlex.quote(HOLD)}"
    channel.exec_command(f"sudo -n {shell}" if sudo else shell)
    answers = channel.makefile("rb")
    while True:
        word, _, rest = (answer := answers.readline().decode().strip()).partition(" ")
        if word == "held":
            return Held(channel, rest)
        if word != "waiting":
            break
        show(f"{machine}: waiting for what an interrupted run left at work there: {rest}")
    if word == "busy":
        raise ConnectError(f"another deployment works on {machine}, {answer}; wait for its end, then run this again")
    if word == "orphan":
        raise ConnectError(
            f"a command of an interrupted run works on {machine} for more than {ORPHAN_TIMEOUT_S} s: {rest};"
            " wait for its end or end it there, then run this again"
        )
    if word == "room":
        raise ConnectError(f"no folder for uploads on {machine}: make room in its /tmp, then run this again")
    reason = answer or channel.makefile_stderr("rb").read().decode().strip()
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
