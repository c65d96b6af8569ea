"""Stands in the engine's place while its GPU is missing: whatever is asked, the answer is 503 with the reason.

`gpu_responder.py [SETTINGS [ROOT]]`; ROOT stands for / in tests. Nothing of a request is kept, logged or looked at.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

SETTINGS, STATES = "/etc/eigenherd/gpu.json", "run/eigenherd-gpu"
UNTOLD = "the GPU is being looked at"
RETRY_S = 60

# A client that is still sending would take a closed connection for an unreachable engine: what it sends is read
# and dropped, up to here. Nobody can hold a connection for longer.
HEAD_BYTES, PIECE_BYTES, DRAINED_BYTES, PATIENCE_S = 65536, 65536, 64 * 2**20, 30

# Python 3.10's timeout is no TimeoutError yet.
ENDINGS = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError)


async def serve(settings: Path, root: Path) -> None:
    wanted = json.loads(settings.read_text())

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(*ENDINGS):
            await asyncio.wait_for(exchange(reader, writer, root), PATIENCE_S)
        writer.close()

    server = await asyncio.start_server(respond, wanted["address"], wanted["port"], limit=HEAD_BYTES)
    print(f"answering 503 on {wanted['address']}:{wanted['port']}", flush=True)
    async with server:
        await server.serve_forever()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, root: Path) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(answer(reason(root / STATES), bodiless=head.startswith(b"HEAD ")))
    await writer.drain()
    writer.write_eof()
    drained = 0
    while drained < DRAINED_BYTES and (piece := await reader.read(PIECE_BYTES)):
        drained += len(piece)


def answer(reason: str, bodiless: bool) -> bytes:
    """OpenAI-style, so that every client shows the message."""
    message = f"This server answers on its GPU only, and the GPU is not available: {reason}."
    error = {"message": message, "type": "server_error", "param": None, "code": "gpu_unavailable"}
    body = json.dumps({"error": error}).encode()
    lines = [
        "HTTP/1.1 503 Service Unavailable",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_S}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if bodiless else body)


def reason(states: Path) -> str:
    """The gate's word goes first, then that of the watch."""
    for name in ("gate.json", "watch.json"):
        with contextlib.suppress(OSError, ValueError):
            state = json.loads((states / name).read_text())
            if not state["ok"]:
                return str(state["reason"]) or UNTOLD
    return UNTOLD


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Path((sys.argv[1:] or [SETTINGS])[0]), Path((sys.argv[2:] or ["/"])[0])))
