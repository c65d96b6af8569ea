"""What a killed `pulumi` leaves: a lock whose process is dead, and resources it had begun to create."""

import json
import os
from datetime import datetime
from pathlib import Path

from eigenherd import pulumi
from plan.errors import ProviderError


def clear_dead(name: str) -> None:
    """Cancel the lock of a dead process of this computer; refuse before a live one."""
    for path in _locks(name):
        lock = json.loads(path.read_text())
        if lock["hostname"] == os.uname().nodename and not _alive(lock["pid"]):
            print(f"{name}: an earlier run (process {lock['pid']}) was killed; its lock is removed", flush=True)
            path.unlink(missing_ok=True)
            continue
        started = datetime.fromisoformat(lock["timestamp"]).strftime("%H:%M:%S")
        raise ProviderError(
            f"nobody else at work on {name}",
            f"process {lock['pid']} of {lock['username']} on {lock['hostname']}, since {started}",
            f"wait for it; if it is gone for good, run `pulumi cancel --stack {name}`",
        )
    if _pending(name):
        # refresh asks what became of them; what they had made is adopted or swept by the next create
        pulumi.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *pulumi.config_file(name))


def _locks(name: str) -> list[Path]:
    """Only a local state has lock files to look at; a remote one says itself who holds it."""
    url = pulumi.variables()["PULUMI_BACKEND_URL"]
    if not url.startswith("file://"):
        return []
    return sorted(Path(url.removeprefix("file://")).glob(f".pulumi/locks/*/*/{name}/*.json"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _pending(name: str) -> bool:
    exported = json.loads(pulumi.read("stack", "export", "--stack", name))
    return bool((exported.get("deployment") or {}).get("pending_operations"))
