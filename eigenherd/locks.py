"""What a killed `pulumi` leaves: a lock whose process is dead, plugins, and resources it had begun to create."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from eigenherd import orphans, process, pulumi
from plan.errors import ProviderError


def clear_dead(name: str) -> None:
    """Take away what a dead run of this computer left; refuse before a live one."""
    for path in _locks(name):
        lock = _read(path)
        pid, since = lock["pid"], datetime.fromisoformat(lock["timestamp"])
        if lock["hostname"] == os.uname().nodename and not process.is_at_work(pid, since):
            print(f"{name}: an earlier run (process {pid}) was killed; its lock is removed", flush=True)
            path.unlink(missing_ok=True)
            continue
        raise ProviderError(
            f"nobody else at work on {name}",
            f"process {pid} of {lock['username']} on {lock['hostname']}, since {since.strftime('%H:%M:%S')}",
            f"wait for it; if it is gone for good, run `pulumi cancel --stack {name}`",
        )
    if ended := orphans.end(pulumi.ROOT):
        numbers = ", ".join(map(str, ended))
        print(f"{name}: plugins of a killed run lived on; ended: process {numbers}", flush=True)
    orphans.wait_for_deployment(name)
    if pending := _pending(name):
        print(f"{name}: an earlier run was cut off while {', '.join(pending)}; asking what is there", flush=True)
        # what they had made is adopted or swept by the next create
        pulumi.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *pulumi.config_file(name))


def _locks(name: str) -> list[Path]:
    """Only a local state has lock files to look at; a remote one says itself who holds it."""
    url = pulumi.variables()["PULUMI_BACKEND_URL"]
    if not url.startswith("file://"):
        return []
    return sorted(Path(url.removeprefix("file://")).glob(f".pulumi/locks/*/*/{name}/*.json"))


def _read(path: Path) -> dict[str, Any]:
    try:
        lock: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError:
        raise ProviderError(
            f"a lock that can be read: {path}", "half of one", "remove that file if no other run is at work"
        ) from None
    return lock


def _pending(name: str) -> list[str]:
    """What was under way when the state was written the last time, in words."""
    exported = json.loads(pulumi.read("stack", "export", "--stack", name))
    operations = (exported.get("deployment") or {}).get("pending_operations") or []
    return [f"{operation['type']} {operation['resource']['urn'].rpartition('::')[2]}" for operation in operations]
