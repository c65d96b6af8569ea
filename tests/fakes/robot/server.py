"""The fake on HTTP: one request at a time, its effect on disk before it is answered."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.fakes.robot import gate
from tests.fakes.robot.answers import Answer, Refusal
from tests.fakes.robot.books import Books
from tests.fakes.robot.calls import every, orders, servers
from tests.fakes.robot.form import Form

AfterCall = Callable[[Books], None]


class Fake(ThreadingHTTPServer):
    """after: told after every call that changed something, with the books in hand."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0, after: AfterCall = lambda books: None) -> None:
        super().__init__(("127.0.0.1", port), Request)
        self.books, self.lock, self.after = Books(folder), threading.Lock(), after
        self.traffic = folder / "traffic.jsonl"
        self.books.save()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> Answer:
        path = unquote(urlsplit(target).path)
        form = Form(body or urlsplit(target).query)
        with self.lock:
            with self.traffic.open("a") as file:
                file.write(json.dumps({"method": method, "target": target, "headers": headers, "body": body}) + "\n")
            try:
                if path.startswith("/-/"):
                    return self.control(method, path, body)
                return self.documented(method, path, form, headers.get("authorization", ""))
            except Refusal as refusal:
                return refusal.status, refusal.body
            finally:
                self.books.save()
                if method != "GET":
                    self.after(self.books)

    def documented(self, method: str, path: str, form: Form, authorization: str) -> Answer:
        gate.login(self.books, authorization)
        for call in every():
            if (found := call.matches(method, path)) is not None:
                gate.limit(self.books, call)
                wanted = gate.fault(self.books, method, path)
                if wanted and not wanted.get("after"):
                    raise gate.refusal(wanted)
                answer: Answer = call.handler(self.books, form, *found)
                if wanted:
                    raise gate.refusal(wanted)
                return answer
        raise Refusal(404, "NOT_FOUND", f"{method} {path} is no call of Robot's")

    def control(self, method: str, path: str, body: str) -> Answer:
        match method, path:
            case "POST", "/-/faults":
                self.books["faults"].append({"status": 500, "times": 1, **json.loads(body)})
                return 200, None
            case "POST", "/-/settings":
                self.books["settings"] |= json.loads(body)
                return 200, None
            case "POST", "/-/servers":
                asked = json.loads(body)
                ip = self.books["settings"]["spare_ips"].pop(0)
                made = servers.new(self.books, asked.pop("number"), ip, asked.pop("product"), asked.pop("dc"), **asked)
                return 200, made
            case "POST", "/-/products":
                asked = json.loads(body)
                self.books["products"][asked["id"]] = orders.product(
                    asked["id"], [orders.price(*row) for row in asked["prices"]]
                )
                return 200, None
            case "GET", "/-/books":
                return 200, json.loads(json.dumps(self.books))
            case "GET", "/-/traffic":
                return 200, [json.loads(line) for line in self.traffic.read_text().splitlines()]
        raise Refusal(404, "NOT_FOUND", path)


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Fake

    def respond(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        headers = {key.lower(): value for key, value in self.headers.items()}
        status, value = self.server.answer(self.command, self.path, headers, body)
        self.send(status, b"" if value is None else json.dumps(value).encode())

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *values: Any) -> None:
        """The traffic file has it."""
