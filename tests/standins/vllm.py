#!/usr/bin/env python3
"""Stands in for `vllm serve` where there is no card: takes its arguments, and answers on every route, as vLLM nearly.

Like torch's TCPStore it listens on all interfaces as well. What it met is in its home: `started.json`, `asked`.
"""

import argparse
import json
import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOME = Path(os.environ["HOME"])


def main() -> None:
    words = sys.argv[1:]
    parser = argparse.ArgumentParser()
    parser.add_argument("serve", choices=["serve"])
    parser.add_argument("folder", type=Path)
    for name in ("host", "served-model-name"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    options, _ = parser.parse_known_args(words)
    store = socket.create_server(("0.0.0.0", 0))  # noqa: S104 (as TCPStore does)
    files = [path for path in options.folder.iterdir() if not path.name.startswith(".")]
    first = {path.name: path.read_bytes()[:4].hex() for path in files}
    started = {"words": words, "environment": dict(os.environ), "first": first}
    (HOME / "started.json").write_text(json.dumps({**started, "store": store.getsockname()[1]}))
    Answers.model = options.served_model_name
    ThreadingHTTPServer((options.host, options.port), Answers).serve_forever()


class Answers(BaseHTTPRequestHandler):
    """200 for whatever is asked; the path is noted."""

    model = ""
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with (HOME / "asked").open("a") as file:
            file.write(f"{self.command} {self.path}\n")
        message = {"role": "assistant", "content": "stood in"}
        told: dict[str, Any] = {"data": [{"id": self.model}], "choices": [{"index": 0, "message": message}]}
        text = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of a request goes to the journal."""


if __name__ == "__main__":
    main()
