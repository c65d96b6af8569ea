"""A TCP relay between two of our own programs that can be slow, and can be cut: the network on a bad day.

The kernel's own means (netem) are not built into every kernel; this needs nothing.
"""

import socket
import threading
import time
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Self

CHUNK = 1 << 16


class Relay:
    """Listens on a loopback port and passes everything on to `target`.

    round_trip_s: added to every question and answer, half of it each way; bandwidth is not limited.
    """

    def __init__(self, target: tuple[str, int], round_trip_s: float = 0.0) -> None:
        self.target, self.round_trip_s = target, round_trip_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A thread that waits in accept() is only woken by the socket's shutdown.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> int:
        """End every connection as a pulled cable followed by a reset would; return how many there were."""
        with self._lock:
            sockets, self._open = self._open, set()
        for connection in sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        return len(sockets) // 2

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for one, other in ((client, server), (server, client)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
                threading.Thread(target=self._read, args=(one, waiting), daemon=True).start()
                threading.Thread(target=self._write, args=(other, waiting), daemon=True).start()

    def _read(self, source: socket.socket, waiting: "SimpleQueue[tuple[float, bytes]]") -> None:
        data = b"."
        while data:
            try:
                data = source.recv(CHUNK)
            except OSError:
                data = b""
            waiting.put((time.monotonic() + self.round_trip_s / 2, data))

    def _write(self, sink: socket.socket, waiting: "SimpleQueue[tuple[float, bytes]]") -> None:
        while True:
            at, data = waiting.get()
            time.sleep(max(0.0, at - time.monotonic()))
            try:
                if not data:
                    return sink.shutdown(socket.SHUT_WR)
                sink.sendall(data)
            except OSError:
                return
