"""Pins a machine's SSH host key before the first connection; there is no trust on first use."""

import base64
import logging
import socket
from collections.abc import Iterator
from hashlib import sha256

import paramiko

from plan.errors import ProviderError

TIMEOUT_S = 15
# A key type the machine lacks is an answer here; paramiko would print a traceback for it.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL + 1)

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512")


def pinned(pin: str, address: str, port: int, proxy_command: str | None = None) -> str:
    """The full public key behind the pin, which is the key itself or its SHA256 fingerprint.

    Raises ProviderError when there is no pin, or none of the machine's keys has it; nothing is sent to
    the machine but the key exchange.
    """
    if pin and not pin.startswith("SHA256:"):
        return " ".join(pin.split()[:2])
    seen = dict(offered(address, port, proxy_command))
    if pin in seen:
        return seen[pin]
    shown = ", ".join(f"{key.split()[0]} {fingerprint}" for fingerprint, key in seen.items()) or "no SSH server"
    raise ProviderError(
        f"the host key of {address} port {port}" + (f" to be {pin}" if pin else " to be named as `host_key`"),
        shown,
        "compare on the machine's own console with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`, "
        "then write `host_key: SHA256:...` into the environment file",
    )


def fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(sha256(blob).digest()).decode().rstrip("=")


def offered(address: str, port: int, proxy_command: str | None = None) -> Iterator[tuple[str, str]]:
    """(fingerprint, key) of each type the machine has: one key exchange a type, none is trusted."""
    for key_type in KEY_TYPES:
        try:
            connection = (
                paramiko.ProxyCommand(proxy_command)
                if proxy_command
                else socket.create_connection((address, port), TIMEOUT_S)
            )
        except (OSError, UnicodeError) as error:
            raise ProviderError(
                f"an SSH server at {address} port {port}", str(error), "check address, port and network"
            ) from None
        transport = paramiko.Transport(connection)
        try:
            transport.get_security_options().key_types = (key_type,)
            transport.start_client(timeout=TIMEOUT_S)
            key = transport.get_remote_server_key()
            yield fingerprint(key.asbytes()), f"{key.get_name()} {key.get_base64()}"
        except paramiko.SSHException:
            continue  # the machine has no key of this type
        finally:
            transport.close()
