"""The stack's own folder (0700) on the controller: how SSH finds its machines, what the clients need.

ssh_config, known_hosts, id_ed25519    `ssh -F .eigenherd/<stack>/ssh_config <machine>`
ca.pem, headers/<client>               `curl --cacert ca.pem -H @headers/<client> ...`
report/, reports/                      written by verify
times.json                             how long the stages before it took
"""

import json
import os
import shutil
import threading
from pathlib import Path

from plan.machine import Handover
from stacks import ssh

# A refresh reads deployment and verification at the same time, in threads of one process.
WRITING = threading.Lock()
HOME = Path(__file__).resolve().parents[1] / ".eigenherd"


def of(stack: str) -> Path:
    return HOME / stack


def write(handover: Handover) -> None:
    """Make the folder's files what the handover says; a file that agrees already is not touched."""
    home = make(Path(handover.folder))
    secrets = handover.secrets
    files = {
        "ssh_config": "\n".join(
            ssh.config(machine, handover.planned(machine), home, home) for machine in handover.machines
        ),
        "known_hosts": "".join(ssh.known_hosts(machine) for machine in handover.machines),
        "id_ed25519": secrets.ssh_key,
        "ca.pem": secrets.ca_certificate,
        **{f"headers/{client}": f"Authorization: Bearer {key}\n" for client, key in secrets.clients.items()},
    }
    with WRITING:
        for name, text in files.items():
            write_private(home / name, text)
        for path in (home / "headers").iterdir():
            if path.name not in secrets.clients:
                path.unlink()


def note_time(home: Path, stage: str, seconds: float) -> None:
    """Remember how long a stage took, for the next report."""
    path = home / "times.json"
    times = json.loads(path.read_text()) if path.exists() else []
    others = [time for time in times if time["name"] != stage]
    write_private(path, json.dumps([*others, {"name": stage, "seconds": round(seconds, 1)}]))


def remove(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)


def make(home: Path) -> Path:
    """The folder and those above it that are ours, 0700 before anything lies in them."""
    for folder in (home.parent, home, home / "headers"):
        folder.mkdir(mode=0o700, exist_ok=True)
    return home


def write_private(path: Path, text: str) -> None:
    """Write 0600 from the first byte on, and replace whole: a reader never sees half a file."""
    if not text:
        path.unlink(missing_ok=True)
        return
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
