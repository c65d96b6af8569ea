"""The relay: what goes in comes out, later if asked, and nothing after a cut."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tools.relay import Relay


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    server = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        while data := connection.recv(1 << 16):
            connection.sendall(data)
        connection.close()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()
    server.close()


def ask(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    said = b""
    while len(said) < len(text) and (data := connection.recv(1 << 16)):
        said += data
    return said


def test_what_goes_in_comes_out(echo: tuple[str, int]) -> None:
    large = bytes(range(256)) * 4096
    with Relay(echo) as relay, socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
        assert ask(connection, large) == large


def test_an_answer_takes_at_least_the_round_trip(echo: tuple[str, int]) -> None:
    with Relay(echo, 0.2) as relay, socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
        started = time.monotonic()
        assert ask(connection, b"hello") == b"hello"
        assert time.monotonic() - started >= 0.2


def test_a_cut_ends_what_is_open_and_the_next_connection_works(echo: tuple[str, int]) -> None:
    with Relay(echo) as relay:
        with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
            assert ask(connection, b"hello") == b"hello"
            assert relay.cut() == 1
            assert connection.recv(1) == b""
        with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
            assert ask(connection, b"again") == b"again"


def test_the_other_sides_end_is_passed_on(echo: tuple[str, int]) -> None:
    with Relay(echo) as relay, socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
