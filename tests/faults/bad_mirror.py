"""A web server that machines take for their mirror, and that can be as bad as mirrors are.

/mirror/... is this computer's mirror folder; /debian and /debian-security are the archive that this computer
uses itself, handed on. Answers keep to `Range`, so that an interrupted download can go on.
"""

import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import IO, Self

from stacks.sandbox import places, sources

# What goes wrong: given the path that is asked for, the first of these that says so is what happens.
Chosen = Callable[[str], bool]


def nothing(path: str) -> bool:
    return False


@dataclass
class Faults:
    """Which paths are missing (404), silent (no answer), slow, cut off (the connection ends in the middle of them),
    short (half of the file), changed (its first half is another one)."""

    missing: Chosen = nothing
    silent: Chosen = nothing
    slow: Chosen = nothing
    cut: Chosen = nothing
    short: Chosen = nothing
    changed: Chosen = nothing
    asked: list[str] = field(default_factory=list)


class BadMirror(ThreadingHTTPServer):
    """Listens on one address of this computer; `faults` may be changed at any time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), Handler)
        self.faults = Faults()
        self.url = f"http://{address}:{self.server_address[1]}"
        archive = {source.suite: source.uri.rstrip("/") for source in sources.of_computer()}
        here = sources.codename()
        self.archives = {"/debian-security/": archive[f"{here}-security"], "/debian/": archive[here]}

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A machine that hangs up is what some faults are about."""


class Handler(BaseHTTPRequestHandler):
    server: BadMirror

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        faults = self.server.faults
        faults.asked.append(self.path)
        if faults.silent(self.path):
            time.sleep(90)
            self.close_connection = True
        elif faults.missing(self.path):
            self.send_error(404)
        elif self.path.startswith("/mirror/"):
            self.file()
        else:
            self.archive()

    def file(self) -> None:
        path = places.CACHE / self.path.removeprefix("/mirror/")
        if path.is_dir():
            links = "".join(f'<a href="{entry.name}">{entry.name}</a>\n' for entry in sorted(path.iterdir()))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(links.encode())
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        size = path.stat().st_size
        self.send_response(206 if "Range" in self.headers else 200)
        with path.open("rb") as source:
            source.seek(start)
            self.body(source, size - start)

    def archive(self) -> None:
        at = next(at for at in self.server.archives if self.path.startswith(at))
        upstream = f"{self.server.archives[at]}/{self.path.removeprefix(at)}"
        try:
            with urllib.request.urlopen(upstream, timeout=60) as answer:  # noqa: S310 (apt's own archive)
                self.send_response(200)
                self.body(answer, int(answer.headers["Content-Length"]))
        except urllib.error.HTTPError as error:
            self.send_error(error.code)

    def body(self, source: IO[bytes], size: int) -> None:
        """The rest of an answer, as good as the faults let it be."""
        faults = self.server.faults
        size //= 2 if faults.short(self.path) else 1
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if faults.cut(self.path):
            self.wfile.write(source.read(size // 2))
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
        elif faults.changed(self.path):
            self.wfile.write(bytes(size // 2) + source.read(size)[size // 2 :])
        elif faults.short(self.path):
            self.wfile.write(source.read(size))
        elif faults.slow(self.path):
            while piece := source.read(max(1, size // 30)):
                self.wfile.write(piece)
                time.sleep(0.5)
        else:
            shutil.copyfileobj(source, self.wfile, 1 << 20)
