"""Can this user reach the gateway's admin API?

Input on standard input: {"user": ..., "process": "caddy"}. Output: one JSON object. Needs root: it lists the
process's listening unix sockets, tries them as root, then as the user; and the usual TCP port, as the user.
"""

import json
import os
import pwd
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

ADMIN_PORT = 2019


def unix_sockets(process: str) -> list[str]:
    listing = subprocess.run(["ss", "-H", "-lxp"], capture_output=True, text=True, check=True)
    lines = [line for line in listing.stdout.splitlines() if f'"{process}"' in line]
    return sorted({word for line in lines for word in re.findall(r"\s([/@]\S+)", line)})


def connects(family: socket.AddressFamily, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.settimeout(3)
        try:
            door.connect(address)
        except OSError:
            return False
        return True


def attempts(paths: list[str]) -> dict[str, bool]:
    doors: dict[str, tuple[socket.AddressFamily, Any]] = {
        "unix " + path: (socket.AF_UNIX, path.replace("@", "\0", 1)) for path in paths
    }
    doors["tcp 127.0.0.1"] = (socket.AF_INET, ("127.0.0.1", ADMIN_PORT))
    doors["tcp ::1"] = (socket.AF_INET6, ("::1", ADMIN_PORT))
    return {name: connects(*door) for name, door in doors.items()}


def as_user(name: str, work: Callable[[], dict[str, bool]]) -> Any:
    """Run work in a child that has only this user's rights; its result."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        entry = pwd.getpwnam(name)
        os.initgroups(name, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.wait()
    return json.loads(text)


def main() -> None:
    asked = json.load(sys.stdin)
    paths = unix_sockets(asked["process"])
    try:
        user = pwd.getpwnam(asked["user"]).pw_name
    except KeyError:
        user = "nobody"
    root = attempts(paths)
    print(json.dumps({"user": user, "root": root, "as_user": as_user(user, lambda: attempts(paths))}))


if __name__ == "__main__":
    main()
