"""The first connection to a new server: strict from its first byte, and it burns the key that made it so.

The host key given in by cloud-init was in Hetzner's hands. So the server makes another one, whose private half never
leaves it; its public half is written down here before the server begins to use it, so that a run that was cut off
in between finds its way back. Then the old key and the other types' keys are gone; cloud-init's copy opens nothing.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import folder, ssh

PATIENCE_S = 300
TIMEOUT_S = 600
PAUSE_S = 2
STRANGER = "Host key verification failed"

MAKE = """
timeout 120 cloud-init status --wait >/dev/null 2>&1  # else it and apt would meet; a stuck one is no reason to wait
set -eu
umask 077
cd /etc/ssh
ssh-keygen -y -f eigenherd_next >/dev/null 2>&1 || {
    rm -f eigenherd_next eigenherd_next.pub
    ssh-keygen -q -t ed25519 -N '' -C '' -f eigenherd_next
}
ssh-keygen -y -f eigenherd_next | cut -d ' ' -f 1,2
"""
USE = """
set -eu
cd /etc/ssh
if [ -e eigenherd_next ]; then
    ssh-keygen -y -f eigenherd_next > ssh_host_ed25519_key.pub
    chmod 644 ssh_host_ed25519_key.pub
    mv -f eigenherd_next ssh_host_ed25519_key
fi
rm -f eigenherd_next.pub ssh_host_rsa_key* ssh_host_ecdsa_key* ssh_host_dsa_key*
systemctl restart ssh
"""
MOUNT = """
set -eu
grep -qs '^{device} ' /etc/fstab || echo '{device} {place} ext4 defaults,discard,nofail 0 2' >> /etc/fstab
mkdir -p {place}
mountpoint -q {place} || mount {place}
resize2fs {device} 2>/dev/null
"""
DATA = "/var/lib/eigenherd"


def meet(machine: Machine, planned: MachinePlan, home: Path, key: str, say: Callable[[str], None]) -> Machine:
    """The machine with the host key it has from now on. machine.host_keys: the one it was born with.

    key: the private key that opens it. home: the stack's folder.
    """
    at = folder.make(home) / f"first-{machine.name}"
    at.mkdir(mode=0o700, exist_ok=True)
    noted = at / f"host-key-{machine.instance}"
    known = [noted.read_text().strip()] if noted.exists() else []
    opened = _Opened(machine.model_copy(update={"host_keys": (*known, *machine.host_keys)}), planned, at, key)
    try:
        opened.wait(say)
        [public] = opened.run(MAKE)
        folder.write_private(noted, public + "\n")
        opened.run(USE)
        met = machine.model_copy(update={"host_keys": (public,)})
        opened = _Opened(met, planned, at, key)
        opened.wait(say)
    finally:
        (at / "id_ed25519").unlink(missing_ok=True)
    say("its host key is one that only it has")
    return met


def mount(machine: Machine, planned: MachinePlan, home: Path, key: str, device: str) -> None:
    """Its volume is where its data lies, now and after every boot, and as large as it was made."""
    at = folder.make(home) / f"first-{machine.name}"
    at.mkdir(mode=0o700, exist_ok=True)
    try:
        _Opened(machine, planned, at, key).run(MOUNT.format(device=device, place=DATA))
    finally:
        (at / "id_ed25519").unlink(missing_ok=True)


class _Opened:
    """SSH to a machine with exactly the host keys that are known of it."""

    def __init__(self, machine: Machine, planned: MachinePlan, at: Path, key: str) -> None:
        identified = {**planned.provider_settings, "identity": str(at / "id_ed25519")}
        text = ssh.config(machine, planned.model_copy(update={"provider_settings": identified}), at, at)
        for name, content in (("ssh_config", text), ("known_hosts", ssh.known_hosts(machine)), ("id_ed25519", key)):
            folder.write_private(at / name, content)
        self._machine, self._at = machine, at

    def wait(self, say: Callable[[str], None]) -> None:
        """Until it lets us in: a server boots for a while. A host key that is not known is never accepted."""
        until, told = time.monotonic() + PATIENCE_S, False
        while True:
            result = self._ssh("true", TIMEOUT_S)
            if result.returncode == 0:
                return
            strange = STRANGER in result.stderr
            if strange and not told:
                say("a host key that is not the one given to it: waiting, and not connecting")
                told = True
            if time.monotonic() > until:
                raise self._refused(result.stderr, strange)
            time.sleep(PAUSE_S)

    def run(self, script: str) -> list[str]:
        result = self._ssh("sh", TIMEOUT_S, script)
        if result.returncode != 0:
            raise self._refused(result.stderr, STRANGER in result.stderr)
        return result.stdout.split("\n")[:-1]

    def _ssh(self, command: str, timeout_s: float, text: str = "") -> subprocess.CompletedProcess[str]:
        asked = ["ssh", "-F", str(self._at / "ssh_config"), "-o", "BatchMode=yes", self._machine.name, command]
        try:
            return subprocess.run(asked, input=text, capture_output=True, text=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(asked, 255, "", f"no answer in {timeout_s:g} s")

    def _refused(self, stderr: str, strange: bool) -> ProviderError:
        name = self._machine.name
        if strange:
            wanted = f"{name} with the host key that was given to it"
            todo = "somebody may stand in between; if you rebuilt it, `pulumi destroy` its server and run `up` again"
            return ProviderError(wanted, "another one", todo)
        found = (stderr.strip().splitlines() or ["no message"])[-1]
        return ProviderError(f"{name} to answer over SSH", found, "look at its console, then run `up` again")
