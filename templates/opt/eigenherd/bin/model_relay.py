"""A relay before llama.cpp that turns away requests for a model it does not serve.

llama.cpp answers whatever model a request names; somebody who asks for another one has to be told. The relay
looks at the name, answers 404 if it is another, and else passes bytes on as they come.
"""

import asyncio
import json

LONGEST_HEAD = 64 << 10
LARGEST_BODY = 256 << 20  # the gateway's own limit is lower; this one only guards the memory

Headers = dict[str, str]


async def start(name: str, door: str, host: str, port: int) -> asyncio.Server:
    """Listen on host and port for the llama.cpp behind the socket file `door`, which serves model `name`."""
    return await asyncio.start_server(Relay(name, door).answer, host, port, limit=LONGEST_HEAD)


class Refused(Exception):
    """The request ends here, with a status and an error in OpenAI's shape."""

    def __init__(self, status: str, code: str, message: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        body = json.dumps({"error": error}).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.answer = f"{head}Connection: close\r\n\r\n".encode() + body


class Relay:
    """One request a connection: its answer ends where llama.cpp closes, however it is framed."""

    def __init__(self, name: str, door: str) -> None:
        self.name, self.door = name, door

    async def answer(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            line, headers, body = await read_request(client, back)
            self.check_model(line, body)
            await self.pass_on(line, headers, body, client, back)
        except Refused as refused:
            back.write(refused.answer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the client went away, or does not speak HTTP
        except asyncio.CancelledError:
            pass  # the server stops; raised on, asyncio 3.11 would log it as a fault
        finally:
            back.close()

    def check_model(self, line: str, body: bytes) -> None:
        method, path, _ = line.split(" ", 2)
        if method != "POST" or not path.startswith("/v1/"):
            return
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("400 Bad Request", "invalid_json", "the body is not JSON") from None
        if not isinstance(asked, dict) or "model" not in asked:
            raise Refused("400 Bad Request", "missing_model", "the request names no model")
        if asked["model"] != self.name:
            raise Refused("404 Not Found", "model_not_found", f"only the model '{self.name}' is served here")

    async def pass_on(
        self,
        line: str,
        headers: Headers,
        body: bytes,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
    ) -> None:
        """Copy until llama.cpp has answered, or the client is gone: then its slot is to be free at once."""
        from_llama, to_llama = await asyncio.open_unix_connection(self.door)
        try:
            framing = {"content-length": str(len(body)), "connection": "close"}
            lines = [line, *(f"{name}: {value}" for name, value in {**headers, **framing}.items())]
            to_llama.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            copying = asyncio.ensure_future(copy(from_llama, back))
            leaving = asyncio.ensure_future(client.read())
            await asyncio.wait([copying, leaving], return_when=asyncio.FIRST_COMPLETED)
            for task in (copying, leaving):
                task.cancel()
            await asyncio.gather(copying, leaving, return_exceptions=True)
        finally:
            to_llama.close()


async def read_request(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> tuple[str, Headers, bytes]:
    """Request line, headers without those of the connection, and the whole body."""
    head = (await client.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in rest)}
    if headers.pop("expect", "").lower() == "100-continue":
        back.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.pop("transfer-encoding", "").lower() == "chunked":
        return line, headers, await read_chunks(client)
    length = int(headers.get("content-length", 0))
    if length > LARGEST_BODY:
        raise Refused("413 Content Too Large", "too_large", f"at most {LARGEST_BODY} bytes")
    return line, headers, await client.readexactly(length)


async def read_chunks(client: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await client.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(body) + size > LARGEST_BODY:
            raise Refused("413 Content Too Large", "too_large", f"at most {LARGEST_BODY} bytes")
        body += await client.readexactly(size)
        await client.readexactly(2)
    while await client.readuntil(b"\r\n") != b"\r\n":
        pass
    return body


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while some := await source.read(LONGEST_HEAD):
        target.write(some)
        await target.drain()
