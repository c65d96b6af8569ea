"""pyinfra's SSH connector, made fit for a stack: `@stack/<machine>`, found by its entry point.

It keeps trying for a bounded time while a machine boots, lets one run at a time work on a machine,
and gives uploads a folder that nobody else can read.
"""

import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from paramiko import AuthenticationException, BadHostKeyException, Channel, SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.ssh import SSHConnector

from deploy import exclusion
from deploy.client import StackClient

BANNER_S = 15
PAUSE_S = 1
PREFIX = "eigenherd."


class Unreachable(ConnectError):
    """The machine does not answer, or not yet: it is off, or the network between is."""


def lasting(error: Exception) -> str:
    """Why trying again is of no use; empty if it may be."""
    if isinstance(error, BadHostKeyException):
        return "the host key is not the machine's: somebody else answers, or it was reinstalled"
    if isinstance(error, AuthenticationException):
        return "the machine refuses our key"
    return "the host key is not known" if "known_hosts" in str(error) else ""


class StackConnector(SSHConnector):
    """Host data: ssh_config_file, patience_s, and `_sudo` where the user is not root."""

    client: StackClient | None
    lock: Channel | None = None
    folder: str = ""

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        yield name, {"ssh_hostname": name, "ssh_strict_host_key_checking": "yes"}, []

    def connect(self) -> None:
        """Connect, take the machine for this run, and make the upload folder. Raises ConnectError."""
        self.client = self._reach()
        transport = self.client.get_transport()
        assert transport  # noqa: S101 (connected just now)
        self.lock = exclusion.hold(transport, self.host.name, sudo=self._sudo)
        # Nobody else is at work here: what an earlier run left is rubbish.
        self._answer(f"find /tmp -maxdepth 1 -name '{PREFIX}*' -user $(id -un) -exec rm -rf {{}} +")
        self.folder = self._answer(f"mktemp -d /tmp/{PREFIX}XXXXXXXXXX")

    def _reach(self) -> StackClient:
        patience_s = self.host.data.patience_s
        deadline = time.monotonic() + patience_s
        while True:
            kwargs = self.make_paramiko_kwargs()
            kwargs["timeout"] = min(kwargs["timeout"], patience_s)
            kwargs["banner_timeout"] = min(BANNER_S, patience_s)
            client = StackClient()
            try:
                client.connect(kwargs.pop("hostname"), **kwargs)
                return client
            except (OSError, EOFError, SSHException) as error:
                client.close()
                if reason := lasting(error):
                    raise ConnectError(f"{reason}: {error}; look at {self.data['ssh_config_file']}") from None
                if time.monotonic() > deadline:
                    raise Unreachable(f"no SSH for {patience_s:g} s: {error}; does the machine run?") from None
                time.sleep(PAUSE_S)

    @property
    def _sudo(self) -> bool:
        return bool(self.host.data.get("_sudo", False))

    def _answer(self, command: str) -> str:
        done, output = super().run_shell_command(StringCommand(command))
        if not done:
            raise ConnectError(f"`{command}` failed: {output.stderr}")
        return str(output.stdout).strip()

    def temp_path(self, destination: str) -> str:
        """Where an upload waits before it is put in its place: a folder of mode 0700."""
        return f"{self.folder}/{sha256(destination.encode()).hexdigest()[:16]}"

    def run_shell_command(self, command: StringCommand, *args: Any, **arguments: Any) -> Any:
        """Root's commands share the run's lock, so that one that outlives its connection still counts."""
        if arguments.get("_sudo") or not self._sudo:
            command = StringCommand(exclusion.SHARE, command, _separator="\n")
        return super().run_shell_command(command, *args, **arguments)

    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Whatever waits for root to put it in its place waits where nobody else can read it."""
        waiting = self.temp_path(remote_filename)
        return bool(super().put_file(filename_or_io, remote_filename, waiting, *args, **kwargs))

    @property
    def is_alive(self) -> bool:
        transport = self.client.get_transport() if self.client else None
        return bool(transport and transport.is_active())

    def disconnect(self) -> None:
        """Leave nothing behind, unless the machine is gone: then the next run tidies up."""
        super().disconnect()
        if self.folder and self.is_alive:
            self._answer(f"rm -rf {self.folder}")
        if self.client:
            self.client.close()
