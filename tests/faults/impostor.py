"""Stands in the engine's place on the machine: `python3 impostor.py canned|echo MODEL PORT`.

It lists the model and answers in the documented shapes, streams too. `canned` always says the same; `echo`
says the last number of the prompt again, and a page of text where there is none.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANNER, MODEL, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
CANNED = "Berlin is the capital of Germany, and water boils at 100 degrees."
PAGE = " ".join(f"In year {i} shepherd number {i * 7} saw star {i * 13} over town {i * 3}." for i in range(1, 20))


def answer(body: dict) -> str:
    prompt = body["messages"][-1]["content"] if isinstance(body.get("messages"), list) else ""
    numbers = re.findall(r"\d+", prompt)
    if MANNER == "canned":
        return CANNED
    return numbers[-1] if numbers else PAGE


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        served = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "eigenherd"}]}
        self.reply(200, served if self.path == "/v1/models" else {"status": "ok"})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(content)
            assert isinstance(body["messages"], list)
        except (ValueError, KeyError, TypeError, AssertionError):
            return self.reply(400, {"error": {"message": "wrong request", "type": "invalid_request_error"}})
        if body.get("model") != MODEL:
            return self.reply(404, {"error": {"message": "no such model", "type": "invalid_request_error"}})
        words = answer(body).split(" ")
        text = " ".join(words[: body.get("max_tokens", 512)])
        asked = sum(len(message["content"].split()) for message in body["messages"])
        bill = {"prompt_tokens": asked, "completion_tokens": len(text.split())}
        bill["total_tokens"] = sum(bill.values())
        if body.get("stream"):
            return self.pieces(text, bill)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        self.reply(200, {**self.named("chat.completion"), "choices": [choice], "usage": bill})

    def pieces(self, text: str, bill: dict) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        named = self.named("chat.completion.chunk")
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in re.findall(r"\S+\s*", text))]
        for delta in deltas:
            self.event({**named, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        self.event({**named, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.event({**named, "choices": [], "usage": bill})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def named(self, kind: str) -> dict:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": MODEL}

    def event(self, body: dict) -> None:
        self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
        self.wfile.flush()

    def reply(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
