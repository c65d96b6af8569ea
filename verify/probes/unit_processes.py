"""Which processes belong to a systemd unit, and whose are they?

Input on standard input: {"unit": ..., "user": ...}. Output: one JSON object.
"""

import json
import pwd
import re
import sys
from pathlib import Path


def belongs(process: Path, unit: str) -> bool:
    return re.search(f"/{re.escape(unit)}(/|$)", (process / "cgroup").read_text(), re.MULTILINE) is not None


def name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def account(user: str) -> dict[str, object]:
    """The shell, and whether there is a password: all that a judgement needs."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return {}
    lines = Path("/etc/shadow").read_text().splitlines()
    field = next((line.split(":")[1] for line in lines if line.startswith(user + ":")), "")
    return {"shell": entry.pw_shell, "locked": field[:1] in ("!", "*")}


def main() -> None:
    asked = json.load(sys.stdin)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if belongs(process, asked["unit"]):
                uid = process.stat().st_uid
                found.append({"pid": process.name, "uid": uid, "user": name(uid)})
        except OSError:
            continue  # it ended meanwhile
    print(json.dumps({"processes": found, "account": account(asked["user"])}))


if __name__ == "__main__":
    main()
