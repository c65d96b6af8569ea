"""The HTTP side: one request after the other, each with its token, its rate limit and a line in `traffic.jsonl`."""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.fakes.hcloud import kinds, routes
from tests.fakes.hcloud.books import Books
from tests.fakes.hcloud.control import Control
from tests.fakes.hcloud.errors import ApiError

LIMIT = 3600
Headers = dict[str, str]
assert kinds  # imported so that its routes are known


class Bucket:
    """Requests left in a project: `limit` at once, and some more every second."""

    def __init__(self, control: Control) -> None:
        self._control, self._spent, self._at = control, 0.0, time.monotonic()

    def take(self) -> Headers:
        """The headers that tell it; none left is an error with the same headers (see `Limited`)."""
        most, refill = self._control.value("limit", LIMIT), self._control.value("refill_per_s", 1)
        moment = time.monotonic()
        self._spent = max(0.0, self._spent - (moment - self._at) * refill)
        self._at = moment
        left = most - self._spent
        if left >= 1:
            self._spent += 1
        headers = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, int(left - 1))),
            "RateLimit-Reset": str(int(time.time() + (self._spent / refill if refill else 3600))),
        }
        if left < 1:
            raise Limited(headers)
        return headers


class Limited(ApiError):
    def __init__(self, headers: Headers) -> None:
        super().__init__(429, "rate_limit_exceeded", "limit of requests per hour reached")
        self.headers = headers


class Fake(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.books, self.control = Books(folder), Control(folder)
        self.bucket, self.turn, self.traffic = Bucket(self.control), threading.Lock(), folder / "traffic.jsonl"
        super().__init__(("127.0.0.1", port), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Fake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets, and each would wait for the other

    def do_GET(self) -> None:
        with self.server.turn:
            self._answer()

    do_POST = do_PUT = do_DELETE = do_GET

    def _answer(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urlsplit(self.path).path.removeprefix("/v1")
        headers: Headers = {"X-Correlation-Id": uuid4().hex}
        body: dict[str, Any]
        try:
            headers |= self.server.bucket.take()
            self._admit()
            status, body = self._do(path, text, headers)
        except ApiError as error:
            status, body = error.status, error.body
            headers |= error.headers if isinstance(error, Limited) else {}
        lost = status < 400 and self.server.control.request("lost", self.command, path)
        self._note(text, status, body, bool(lost))
        if lost:
            self.close_connection = True
            return
        payload = json.dumps(body).encode() if body else b""
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(payload))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def _admit(self) -> None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        known = self.server.control.value("tokens", None)
        rights = "write" if known is None else known.get(hashlib.sha256(token.encode()).hexdigest())
        if scheme != "Bearer" or not token or not rights:
            raise ApiError(401, "unauthorized", "unable to authenticate")
        if rights == "read" and self.command != "GET":
            raise ApiError(403, "token_readonly", "only read access is allowed")

    def _do(self, path: str, text: str, headers: Headers) -> routes.Answer:
        if fault := self.server.control.request("errors", self.command, path):
            raise ApiError(fault["status"], fault["code"], fault["message"], fault.get("details"))
        found = routes.find(self.command, path)
        if not found:
            raise ApiError(404, "not_found", "endpoint not found")
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            raise ApiError(400, "json_error", "invalid JSON input") from None
        function, ids = found
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        call = routes.Call(self.server.books, self.server.control, path, ids, query, body)
        try:
            status, answer = function(call)
        except ApiError:
            self.server.books.undo()
            raise
        self.server.books.save()
        if call.link:
            headers["Link"] = call.link
        return status, answer

    def _note(self, text: str, status: int, body: dict[str, Any], lost: bool) -> None:
        line = {
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers.items()),
            "body": text,
            "status": status,
            "answer": body,
            "lost": lost,
        }
        with self.server.traffic.open("a") as traffic:
            traffic.write(json.dumps(line) + "\n")

    def log_message(self, *_: object) -> None:
        """The traffic file says more."""
