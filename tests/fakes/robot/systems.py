"""What the fake boots: a rescue system with installimage in it, and what installimage installed."""

import json
from pathlib import Path
from typing import Any

from stacks.robot.images import FOLDER
from stacks.sandbox import identity
from stacks.sandbox.identity import File
from stacks.sandbox.network import Network
from stacks.sandbox.record import Record

PROGRAMS = Path(__file__).parent / "rescue"
TOOL = "/root/.oldroot/nfs/install/installimage"
RESULT = "var/lib/installimage/result.json"
IMAGES = {
    "Debian-1214-bookworm-amd64-base.tar.zst": "debian-12",
    "Debian-1303-trixie-amd64-base.tar.zst": "debian-13",
}
OTHERS = ("Debian-1214-bookworm-arm64-base.tar.zst", "Ubuntu-2404-noble-amd64-base.tar.zst")


def program(name: str) -> File:
    return {"text": (PROGRAMS / name).read_text(), "mode": 0o755}


def rescue(record: Record, network: Network, active: dict[str, Any], keys: str, mode: str) -> dict[str, File]:
    """The files of a rescue system. keys: the public keys that open it. mode: what installimage will do."""
    named = identity.files(record, network, active["_host_private"])
    images = {f"{FOLDER}/{name}": identity.plain("") for name in (*IMAGES, *OTHERS)}
    return {
        **named,
        "/etc/hostname": identity.plain("rescue\n"),
        "/root/.ssh/authorized_keys": identity.private(keys),
        "/root/.ssh/robot_user_keys": identity.private(keys),
        TOOL: program("installimage"),
        "/usr/local/bin/lsblk": program("lsblk"),
        "/usr/local/sbin/mdadm": program("touched"),
        "/usr/local/sbin/wipefs": program("touched"),
        "/var/lib/installimage/mode": identity.plain(f"{mode}\n"),
        **images,
    }


def installed(record: Record, network: Network, result: dict[str, Any]) -> dict[str, File]:
    """The files that installimage writes into a new system, before its script runs there."""
    files = identity.files(record, network, "")
    own = {name: file for name, file in files.items() if "/etc/ssh/" not in name}
    return {
        **own,
        "/etc/hostname": identity.plain(f"{result['hostname']}\n"),
        "/root/.ssh/authorized_keys": identity.private(result["keys"]),
        "/post-install": {"text": result["script"], "mode": 0o700},
    }


def read_result(text: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(text) if text.strip() else None
    return found
