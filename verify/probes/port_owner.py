"""Who listens on a port, does he belong to a systemd unit, and from which folder is his code?

Input on standard input: {"port": ..., "unit": ..., "folder": ...}. Output: one JSON object. Needs root.
"""

import json
import re
import subprocess
import sys
from pathlib import Path


def owners(port: int) -> list[str]:
    listing = subprocess.run(["ss", "-H", "-ltnp"], capture_output=True, text=True, check=True)
    lines = [line for line in listing.stdout.splitlines() if line.split()[3].endswith(f":{port}")]
    return sorted({pid for line in lines for pid in re.findall(r"pid=(\d+)", line)})


def look(pid: str, unit: str, folder: Path) -> dict[str, object]:
    process = Path("/proc") / pid
    group = (process / "cgroup").read_text()
    return {
        "pid": pid,
        "name": (process / "comm").read_text().strip(),
        "in_unit": re.search(f"/{re.escape(unit)}(/|$)", group, re.MULTILINE) is not None,
        "planned": sorted(
            path for each in (pid, *children(pid)) for path in code(each) if folder in Path(path).parents
        ),
    }


def children(pid: str) -> list[str]:
    """What it started: a relay has its engine there."""
    files = sorted((Path("/proc") / pid / "task").glob("*/children"))
    return [child for file in files for child in file.read_text().split()]


def code(pid: str) -> set[str]:
    """Machine code alone: a data file may be opened by anybody."""
    lines = (Path("/proc") / pid / "maps").read_text().splitlines()
    return {line.split(None, 5)[5] for line in lines if line.split()[1][2] == "x" and len(line.split(None, 5)) == 6}


def main() -> None:
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"]).resolve()
    found = []
    for pid in owners(asked["port"]):
        try:
            found.append(look(pid, asked["unit"], folder))
        except OSError:
            continue  # it ended meanwhile
    print(json.dumps({"owners": found}))


if __name__ == "__main__":
    main()
