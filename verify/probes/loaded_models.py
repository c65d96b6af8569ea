"""What does an Ollama say it has loaded, and how much of it on the cards?

Input on standard input: {"address": ..., "port": ...}. Output: one JSON object.
"""

import http.client
import json
import sys
from typing import Any


def loaded(address: str, port: int) -> list[dict[str, Any]]:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", "/api/ps")
        found: list[dict[str, Any]] = json.loads(connection.getresponse().read())["models"]
        return found
    finally:
        connection.close()


def main() -> None:
    asked = json.load(sys.stdin)
    models = loaded(asked["address"], asked["port"])
    print(json.dumps({"models": [{key: model.get(key) for key in ("name", "size", "size_vram")} for model in models]}))


if __name__ == "__main__":
    main()
