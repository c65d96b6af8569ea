"""What a tree's sandbox has left on this computer: nothing, if all went well."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path


def found(tree: Path, tag: str) -> list[str]:
    """In words: what runs in the tree, or carries the tag its sandbox gives to what belongs to the stack."""
    left = [f"loop device {device}" for device in loops(tree)]
    left += [f"interface {link}" for link in links() if tag in link]
    left += [f"nftables table {table}" for table in tables() if tag in table]
    left += [f"control group {group}" for group in Path("/sys/fs/cgroup").glob(f"**/*{tag}*")]
    return left + [f"mount {line.split()[1]}" for line in mounts() if line.split()[1].startswith(f"{tree}/")]


def processes(tree: Path) -> list[int]:
    """Those that have the tree as their root."""
    found = []
    for root in Path("/proc").glob("[0-9]*/root"):
        with suppress(OSError):
            if root.samefile(tree):
                found.append(int(root.parent.name))
    return found


def loops(tree: Path) -> list[str]:
    listed = json.loads(output("losetup", "--json", "--list", "--output", "NAME,BACK-FILE") or '{"loopdevices": []}')
    return [loop["name"] for loop in listed["loopdevices"] if str(loop["back-file"]).startswith(f"{tree}/")]


def links() -> list[str]:
    return [link["ifname"] for link in json.loads(output("ip", "-j", "link"))]


def tables() -> list[str]:
    entries = json.loads(output("nft", "-j", "list", "tables"))["nftables"]
    return [entry["table"]["name"] for entry in entries if "table" in entry]


def mounts() -> list[str]:
    return Path("/proc/self/mounts").read_text().splitlines()


def output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout
