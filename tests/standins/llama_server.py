#!/usr/bin/env python3
"""Stands in for a llama-server that was built for a card: takes its arguments, and answers on its socket file.

What it met is in its home: `started.json`, `asked`.
"""

import json
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("HOME", "."))


def main() -> None:
    words = sys.argv[1:]
    if words == ["--version"]:
        print("version: 0 (stand-in)")
        return
    model = words[words.index("--alias") + 1]
    (HOME / "started.json").write_text(json.dumps({"words": words, "environment": dict(os.environ)}))
    Answers.model = model
    socketserver.ThreadingUnixStreamServer(words[words.index("--host") + 1], Answers).serve_forever()


class Answers(BaseHTTPRequestHandler):
    """200 for whatever is asked; the path is noted."""

    model = ""

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
