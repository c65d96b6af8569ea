"""A gateway with an engine behind it, in this process but over real TLS and HTTP, with faults to switch on.

Its model knows three capitals, repeats digits, and otherwise says words by rule.
"""

import json
import random
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.unit.verify.fake_stack import KEYS, MODEL, ROUTES, certificates

TOKEN_S = 0.002
CAPITALS = {"France": "Paris", "Italy": "Rome", "Spain": "Madrid"}
WORDS = re.findall(
    r"\w+",
    "shepherd stars night sheep river bread flour water warm oven town autumn leaves rain cloud walk slowly under "
    "bright wide field where somebody sings about morning light while children carry apples through narrow streets",
)


class Thought(str):
    """A token that is no part of the answer, but counts."""


class FakeGateway(ThreadingHTTPServer):
    """faults: names of what goes wrong. log: what a careless server would write down."""

    daemon_threads = True
    request_queue_size = 200

    def __init__(self, days: int = 30) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults: set[str] = set()
        self.slots = threading.Semaphore(MODEL.slots)
        self.canned: dict[str, str] = {}
        self.last_nonce = ""
        self.asked = 0
        _, _, certificate, key = certificates(days)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pair.pem"
            file.write_text(certificate + key)
            self.context.load_cert_chain(file)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are part of the test."""


@contextmanager
def running(days: int = 30) -> Iterator[FakeGateway]:
    server = FakeGateway(days)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeGateway

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.handle_any()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def has(self, fault: str) -> bool:
        return fault in self.server.faults

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > 10 * 2**20 and not self.has("no body limit"):
            self.close_connection = True
            return self.error(413, "too large")
        body = self.rfile.read(length) if length < 10 * 2**20 else b""
        authorization = self.headers.get("Authorization") or ""
        if not self.admitted(authorization):
            return self.error(401, "no valid key")
        echo = f" for {authorization}" if self.has("echoes key") else ""
        if self.path not in ROUTES or (self.command, self.path) == ("PUT", "/v1/models"):
            if self.has("management") and self.path.startswith("/api/"):
                return self.answer(200, {"status": "success"})
            if self.has("path traversal") and ".." in self.path:
                return self.answer(200, [{"id": 0}])
            return self.error(404, "unknown route" + echo)
        if self.path == "/v1/models":
            name = "other:7b" if self.has("other model") else MODEL.name
            return self.answer(200, {"object": "list", "data": [{"id": name, "object": "model"}]})
        return self.generate(body)

    def admitted(self, authorization: str) -> bool:
        word = authorization.removeprefix("Bearer ")
        keys = set(KEYS.values())
        if self.has("refuses anna"):
            keys.discard(KEYS["anna"])
        if self.has("no auth") or (self.has("open metrics") and self.path == "/metrics"):
            return True
        if self.has("compares loosely"):
            return any(word.lower().startswith(key) for key in keys)
        if self.has("empty key") and authorization == "Bearer":
            return True
        return authorization.startswith("Bearer ") and word in keys

    def answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def error(self, status: int, message: str) -> None:
        if self.has("HTML errors"):
            return self.answer(status, "<h1>error</h1>")
        trace = "\nTraceback (most recent call last)" if self.has("stack traces") else ""
        self.answer(status, {"error": {"message": message + trace, "type": "invalid_request_error"}})

    def generate(self, body: bytes) -> None:
        try:
            asked = json.loads(body)
            messages = asked["messages"]
            prompt = messages[-1]["content"]
        except (ValueError, KeyError, TypeError):
            return self.error(500 if self.has("bad JSON is 500") else 400, "no valid request")
        if asked.get("model") != MODEL.name and not self.has("any model"):
            return self.error(404, "no such model")
        tokens = len(prompt.split())
        if tokens > MODEL.context and not self.has("shortens prompts"):
            return self.error(400, "exceeds the context")
        self.server.asked += 1
        words = self.words(asked, prompt)
        if self.has("thinks") and asked.get("reasoning_effort") != "none":
            words = [Thought("hm ")] * 40 + words
        cap = asked.get("max_tokens", 64)
        finish = "length" if len(words) > cap else "stop"
        said = words if self.has("ignores cap") else words[:cap]
        for stop in asked.get("stop") or () if not self.has("ignores stop") else ():
            if any(stop in word for word in said):
                said = said[: next(i for i, word in enumerate(said) if stop in word)]
                finish = "stop"
        usage = {"prompt_tokens": tokens + 8, "completion_tokens": len(said), "total_tokens": tokens + 8 + len(said)}
        if self.has("wrong sums"):
            usage["total_tokens"] += 1
        if self.has("flat prompts"):
            usage = {"prompt_tokens": 8, "completion_tokens": len(said), "total_tokens": 8 + len(said)}
        with self.server.slots:
            if asked.get("stream"):
                return self.stream(said, finish, usage)
            time.sleep(TOKEN_S * len(said))
        role = "user" if self.has("wrong role") else "assistant"
        choice: dict[str, Any] = {"index": 0, "message": {"role": role, "content": content(said)}}
        choice["finish_reason"] = finish
        if asked.get("logprobs") and not self.has("no logprobs"):
            choice["logprobs"] = {"content": [{"top_logprobs": self.likely()}]}
        kind = "text" if self.has("wrong object") else "chat.completion"
        self.answer(200, {"id": "1", "object": kind, "model": MODEL.name, "choices": [choice], "usage": usage})

    def likely(self) -> list[dict[str, Any]]:
        """Of its first token, as an undamaged model finds it; a broken one's numbers are no numbers."""
        first = {"other weights": -3.5, "slightly off": -1.15, "broken weights": None}
        known = next((value for fault, value in first.items() if self.has(fault)), -1.0)
        name = "Nowhere" if self.has("other words") else "The"
        return [{"token": name, "logprob": known}, {"token": "A", "logprob": known and known - 3}]

    def words(self, asked: dict[str, Any], prompt: str) -> list[str]:
        """Tokens of the answer; each is a word with its space."""
        if (shape := asked.get("response_format")) and not self.has("ignores schema"):
            fields = shape["json_schema"]["schema"]["properties"]
            said = {name: field.get("enum", [True])[0] for name, field in fields.items()}
            if self.has("guesses values"):
                said["code"] = "0000"
            if self.has("numbers as text"):
                said["priority"] = "1"
            if self.has("adds fields"):
                said["title"] = "Printer"
            return [json.dumps(said)]
        digits = re.fullmatch(r"Repeat: (\d+)", prompt)
        if digits:
            own, self.server.last_nonce = digits.group(1), self.server.last_nonce or digits.group(1)
            if self.has("canned"):
                return ["4821"]
            return [self.server.last_nonce if self.has("cross-talk") else own]
        for land, city in CAPITALS.items():
            if land in prompt:
                return ["Nowhere."] if self.has("knows nothing") else [f"{city}", " is", " it."]
        # A prompt is answered by rule; a temperature and a seed make another, still repeatable, answer.
        seed = f"{prompt} {asked.get('seed') if asked.get('temperature') else ''}"
        if self.has("random answers"):
            seed += str(self.server.asked)
        chance = random.Random(seed)  # noqa: S311 (words, not secrets)
        count = asked.get("max_tokens", 64) + 10
        if self.has("repeats itself"):
            return ["star "] * count
        if self.has("leaks template"):
            return ["<|im_end|> "] + [chance.choice(WORDS) + " " for _ in range(count)]
        if self.has("replacement characters"):
            return [chance.choice(WORDS) + "\ufffd " for _ in range(count)]
        if self.has("noise"):
            return [chr(chance.randrange(1, 31)) + " " for _ in range(count)]
        return [chance.choice(WORDS) + " " for _ in range(count)]

    def stream(self, said: list[str], finish: str, usage: dict[str, int]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.has("buffers streams"):
            time.sleep(TOKEN_S * len(said))
        pieces: list[dict[str, Any]] = [{"delta": {"role": "assistant", "content": None}}]
        pieces += [
            {"delta": {"reasoning" if isinstance(word, Thought) else "content": word}}
            for word in (said[1:] if self.has("drops a piece") else said)
        ]
        pieces += [{"delta": {}, "finish_reason": finish}]
        gone = False
        for piece in pieces:
            if not self.has("buffers streams"):
                time.sleep(TOKEN_S)
            try:
                if not gone:
                    self.event({"object": "chat.completion.chunk", "model": MODEL.name, "choices": [piece]})
            except (OSError, ValueError):  # a TLS connection that is closed
                if not self.has("keeps working for nobody"):
                    self.close_connection = True
                    return
                gone = True
        if gone:
            self.close_connection = True
            return
        if not self.has("no usage event"):
            self.event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        if not self.has("no end"):
            self.chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def event(self, value: object) -> None:
        self.chunk(f"data: {json.dumps(value)}\n\n".encode())

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def content(said: list[str]) -> str:
    return "".join(word for word in said if not isinstance(word, Thought))
