"""The relay before llama.cpp: other models are turned away, everything else passes through unchanged."""

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deploy.template import TEMPLATES

spec = importlib.util.spec_from_file_location("model_relay", TEMPLATES / "opt/eigenherd/bin/model_relay.py")
assert spec and spec.loader
model_relay = importlib.util.module_from_spec(spec)
spec.loader.exec_module(model_relay)

ANSWER = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"]


class Llama:
    """What stands behind the relay: it keeps what it was asked, and answers in pieces."""

    def __init__(self) -> None:
        self.asked = b""
        self.left = asyncio.Event()
        self.held = asyncio.Event()
        self.held.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.asked = head + await reader.readexactly(length)
        writer.write(ANSWER[0])
        held = asyncio.ensure_future(self.held.wait())
        gone = asyncio.ensure_future(reader.read())
        await asyncio.wait([held, gone], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.left.set()
        writer.writelines(ANSWER[1:])
        writer.close()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[Streams, Llama], Awaitable[None]]


def relayed(folder: Path, talk: Talk) -> None:
    """One client of a relay with a llama behind it."""

    async def run() -> None:
        llama = Llama()
        door = str(folder / "llama.sock")
        behind = await asyncio.start_unix_server(llama.answer, door)
        relay = await model_relay.start("tiny:1m", door, "127.0.0.1", 0)
        port = relay.sockets[0].getsockname()[1]
        streams = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.wait_for(talk(streams, llama), 10)
        streams[1].close()
        relay.close()
        behind.close()

    asyncio.run(run())


def post(body: bytes, path: str = "/v1/chat/completions", headers: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"model": "other"}', b"404 Not Found", "model_not_found"),
        (b'{"model": "TINY:1M"}', b"404 Not Found", "model_not_found"),
        (b'{"model": null}', b"404 Not Found", "model_not_found"),
        (b'{"messages": []}', b"400 Bad Request", "missing_model"),
        (b"[]", b"400 Bad Request", "missing_model"),
        (b'{"model"', b"400 Bad Request", "invalid_json"),
        (b"", b"400 Bad Request", "invalid_json"),
        (b'{"model":' * 100_000, b"400 Bad Request", "invalid_json"),
    ],
)
def test_what_is_not_for_the_model_ends_here(tmp_path: Path, body: bytes, status: bytes, code: str) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        streams[1].write(post(body))
        head, told = (await streams[0].read()).split(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status)
        assert json.loads(told)["error"]["code"] == code
        assert llama.asked == b""

    relayed(tmp_path, talk)


def test_a_request_for_the_model_passes_and_its_answer_is_unchanged(tmp_path: Path) -> None:
    body = b'{"model": "tiny:1m", "prompt": "\xc3\xa4"}'

    async def talk(streams: Streams, llama: Llama) -> None:
        streams[1].write(post(body, headers="Connection: keep-alive\r\nExpect: 100-continue\r\nX-Own: 1\r\n"))
        told = await streams[0].read()
        assert told == b"HTTP/1.1 100 Continue\r\n\r\n" + b"".join(ANSWER)
        head, asked = llama.asked.split(b"\r\n\r\n", 1)
        assert asked == body
        assert b"x-own: 1" in head
        assert head.count(b"connection: close") == 1
        assert b"keep-alive" not in head

    relayed(tmp_path, talk)


def test_chunks_are_put_together(tmp_path: Path) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        streams[1].write(b"POST /v1/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        streams[1].write(b'9\r\n{"model":\r\na;x=y\r\n"tiny:1m"}\r\n0\r\nTrailer: 1\r\n\r\n')
        assert await streams[0].read() == b"".join(ANSWER)
        assert llama.asked.endswith(b'\r\n\r\n{"model":"tiny:1m"}')
        assert b"chunked" not in llama.asked

    relayed(tmp_path, talk)


def test_other_routes_pass_without_a_model(tmp_path: Path) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        streams[1].write(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await streams[0].read() == b"".join(ANSWER)
        assert llama.asked.startswith(b"GET /v1/models HTTP/1.1\r\n")

    relayed(tmp_path, talk)


def test_pieces_come_as_they_are_made(tmp_path: Path) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        llama.held.clear()
        streams[1].write(post(b'{"model": "tiny:1m"}'))
        assert await streams[0].readexactly(len(ANSWER[0])) == ANSWER[0]
        llama.held.set()
        assert await streams[0].read() == b"".join(ANSWER[1:])

    relayed(tmp_path, talk)


def test_a_client_that_leaves_frees_its_slot(tmp_path: Path) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        llama.held.clear()
        streams[1].write(post(b'{"model": "tiny:1m"}'))
        await streams[0].readexactly(len(ANSWER[0]))
        streams[1].close()
        await llama.left.wait()

    relayed(tmp_path, talk)


def test_too_large_a_body_is_refused_unread(tmp_path: Path) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        size = model_relay.LARGEST_BODY + 1
        streams[1].write(f"POST /v1/completions HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode())
        assert (await streams[0].read()).startswith(b"HTTP/1.1 413 ")

    relayed(tmp_path, talk)


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n"])
def test_what_is_no_http_is_hung_up_on(tmp_path: Path, sent: bytes) -> None:
    async def talk(streams: Streams, llama: Llama) -> None:
        streams[1].write(sent)
        assert await streams[0].read() == b""

    relayed(tmp_path, talk)
