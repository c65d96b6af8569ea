"""How long until a server answers a GET with 200?

Input on standard input: {"address": ..., "port": ..., "path": ..., "timeout_s": ...}. Output: one JSON object.
"""

import http.client
import json
import sys
import time


def status(address: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def main() -> None:
    asked = json.load(sys.stdin)
    started = time.monotonic()
    ready = False
    while not ready and time.monotonic() - started < asked["timeout_s"]:
        ready = status(asked["address"], asked["port"], asked["path"]) == 200
        if not ready:
            time.sleep(0.2)
    print(json.dumps({"ready": ready, "seconds": round(time.monotonic() - started, 2)}))


if __name__ == "__main__":
    main()
