"""Which keys does the running gateway let in? Their sums, never the keys.

Input on standard input: {"socket": path of Caddy's admin API}. Output: one JSON object. Needs root.
"""

import hashlib
import json
import socket
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any


class Admin(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def configuration(path: str) -> Any:
    admin = Admin(path)
    admin.putrequest("GET", "/config/", skip_host=True)
    admin.putheader("Host", "")  # what Caddy asks of visitors at its socket
    admin.endheaders()
    return json.load(admin.getresponse())


def doors(node: Any) -> Iterator[dict[str, Any]]:
    """The maps from the Authorization header to a client's name, wherever they are."""
    if isinstance(node, dict):
        if node.get("handler") == "map" and node.get("source") == "{http.request.header.Authorization}":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from doors(child)


def door(found: dict[str, Any]) -> dict[str, object]:
    mappings = found.get("mappings") or []
    return {
        "keys": {hashlib.sha256(m.get("input", "").encode()).hexdigest(): m["outputs"][0] for m in mappings},
        "patterns": sum("input_regexp" in mapping for mapping in mappings),
        "default": (found.get("defaults") or [""])[0],
    }


def main() -> None:
    asked = json.load(sys.stdin)
    print(json.dumps({"doors": [door(found) for found in doors(configuration(asked["socket"]))]}))


if __name__ == "__main__":
    main()
