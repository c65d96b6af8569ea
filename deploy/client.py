"""The SSH client under pyinfra: it obeys the stack's ssh_config as OpenSSH does, and does not dawdle.

paramiko knows neither HostKeyAlias nor IdentitiesOnly, and leaves Nagle's algorithm on, which costs
40 ms a command.
"""

import socket
from typing import Any

from pyinfra.connectors.sshuserclient.client import SSHClient, get_ssh_config

# A peer that has acknowledged nothing for so long is gone.
SILENCE_S = 60


class StackClient(SSHClient):
    """Looks host keys up under the machine's name, and uses no key but the configured one, if there is one."""

    def connect(self, hostname: str, *args: Any, **kwargs: Any) -> None:
        if identities_only(kwargs["_pyinfra_ssh_config_file"], hostname):
            kwargs.update(allow_agent=False, look_for_keys=False)
        super().connect(hostname, *args, **kwargs)  # type: ignore[no-untyped-call]

    def parse_config(self, hostname: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """pyinfra's reading of the config, with the connection made here and known by the alias."""
        address, config, *rest = super().parse_config(hostname, *args, **kwargs)  # type: ignore[no-untyped-call]
        if "sock" not in config:
            config["sock"] = connect(address, config["port"], config.get("timeout"))
        # With a socket in hand, name and port serve to find the host key alone: OpenSSH's alias has no port.
        return hostname, {**config, "port": 22}, *rest


def identities_only(ssh_config: str, hostname: str) -> bool:
    return bool(get_ssh_config(ssh_config).lookup(hostname).get("identitiesonly") == "yes")


def connect(address: str, port: int, timeout_s: float | None) -> socket.socket:
    """A TCP connection that sends small packets at once, and notices when the other side is gone."""
    connection = socket.create_connection((address, port), timeout=timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE_S * 1000)
    return connection
