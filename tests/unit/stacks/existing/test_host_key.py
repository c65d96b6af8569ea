"""No trust on first use: against a real SSH key exchange on loopback."""

import socket
import threading
from collections.abc import Iterator

import paramiko
import pytest

from plan.errors import ProviderError
from stacks.existing import host_key


@pytest.fixture
def server() -> Iterator[tuple[int, dict[str, paramiko.PKey]]]:
    """An SSH server with an RSA and an ECDSA key: (port, its keys by type)."""
    keys = {"ssh-rsa": paramiko.RSAKey.generate(2048), "ecdsa-sha2-nistp256": paramiko.ECDSAKey.generate()}
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            for key in keys.values():
                transport.add_server_key(key)
            transports.append(transport)
            transport.start_server(event=threading.Event(), server=paramiko.ServerInterface())

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], keys
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for transport in transports:
        transport.close()


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_fingerprint_pins_the_key_behind_it(server: tuple[int, dict[str, paramiko.PKey]], kind: str) -> None:
    port, keys = server
    pin = host_key.fingerprint(keys[kind].asbytes())
    assert host_key.pinned(pin, "127.0.0.1", port) == f"{kind} {keys[kind].get_base64()}"


@pytest.mark.parametrize("pin", ["", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_no_pin_or_another_stops_and_shows_what_was_seen(
    server: tuple[int, dict[str, paramiko.PKey]], pin: str
) -> None:
    port, keys = server
    with pytest.raises(ProviderError) as raised:
        host_key.pinned(pin, "127.0.0.1", port)
    for key in keys.values():
        assert host_key.fingerprint(key.asbytes()) in raised.value.found
    assert "ssh-keygen -lf" in raised.value.todo


def test_a_full_key_needs_no_look() -> None:
    assert host_key.pinned("ssh-ed25519 AAAA root@machine", "192.0.2.1", 22) == "ssh-ed25519 AAAA"


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ProviderError, match=f"an SSH server at 127.0.0.1 port {port}"):
        host_key.pinned("", "127.0.0.1", port)
