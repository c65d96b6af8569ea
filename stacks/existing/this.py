"""The computer one sits at, reached as any other machine: an sshd of our own that talks over a pipe.

It opens no port and changes no setting of the computer's own sshd, which need not even run.
"""

import getpass
import subprocess
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import folder

SSHD = Path("/usr/sbin/sshd")
CONFIG = """\
HostKey {own}/host_key
AuthorizedKeysFile {own}/id_ed25519.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
PidFile none
Subsystem sftp internal-sftp
"""


def prepare(planned: MachinePlan, home: Path) -> Machine:
    """Make both key pairs and the sshd_config that `stacks.ssh.this_computer` starts; return the machine."""
    if not SSHD.exists():
        raise ProviderError(f"{SSHD} on this computer", "none", "install openssh-server (it need not be started)")
    own = home / "this"
    own.mkdir(mode=0o700, exist_ok=True)
    for name in ("host_key", "id_ed25519"):
        if not (own / name).exists():
            command = [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                "eigenherd",
                "-f",
                str(own / name),
            ]
            subprocess.run(command, check=True)
    folder.write_private(own / "sshd_config", CONFIG.format(own=own))
    user = getpass.getuser()
    return Machine(
        name=planned.name,
        instance="",
        state="running",
        address="127.0.0.1",
        ipv6=None,
        private_address="127.0.0.1",
        port=22,
        user=user,
        sudo=user != "root",
        host_keys=(" ".join((own / "host_key.pub").read_text().split()[:2]),),
    )
