"""pyinfra's SSH connector, made fit for a stack: `@stack/<machine>`, found by its entry point.

It keeps trying for a bounded time while a machine boots, lets one run at a time work on a machine,
and gives uploads a folder that nobody else can read.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from paramiko import AuthenticationException, BadHostKeyException, SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.ssh import SSHConnector

from deploy import exclusion
from deploy.client import StackClient
from deploy.foresight import Foresight

BANNER_S = 15
PAUSE_S = 1


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
    held: exclusion.Held | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.foresight = Foresight()

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        yield name, {"ssh_hostname": name, "ssh_strict_host_key_checking": "yes"}, []

    def connect(self) -> None:
        """Connect, take the machine for this run, and make the upload folder. Raises ConnectError."""
        self.client = self._reach()
        transport = self.client.get_transport()
        assert transport  # noqa: S101 (connected just now)
        self.held = exclusion.hold(transport, self.host.name, sudo=self._sudo)

    def reconnect(self) -> None:
        """After a restart: nothing that was known of the machine holds any more. Raises ConnectError."""
        if self.client:
            self.client.close()
        self.disconnect()
        self.foresight.forget()
        self.connect()

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

    def foresee(self, operations: list[Callable[[], Iterable[object]]]) -> None:
        """Ask what the operations are going to ask, all at once."""
        self.foresight.foresee(operations, self._run)

    def temp_path(self, destination: str) -> str:
        """Where an upload waits before it is put in its place: a folder of mode 0700."""
        assert self.held  # noqa: S101 (uploads come after connect)
        return f"{self.held.folder}/{sha256(destination.encode()).hexdigest()[:16]}"

    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> Any:
        """The answer, if it was foreseen."""
        arguments.update(print_output=print_output, print_input=print_input)
        return self.foresight.answer(command, arguments) or self._run(command, **arguments)

    def _run(self, command: StringCommand, **arguments: Any) -> Any:
        """Root's commands share the run's lock, so that one that outlives its connection still counts."""
        if arguments.get("_sudo") or not self._sudo:
            command = StringCommand(exclusion.SHARE, command, _separator="\n")
        return super().run_shell_command(command, **arguments)

    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Whatever waits for root to put it in its place waits where nobody else can read it."""
        self.foresight.forget()
        waiting = self.temp_path(remote_filename)
        try:
            return bool(super().put_file(filename_or_io, remote_filename, waiting, *args, **kwargs))
        except OSError as error:
            if not self.is_alive:
                raise
            folder = PurePosixPath(waiting).parent
            _, output = self._run(StringCommand(f"df --output=avail -h {folder} | tail -n 1"))
            free = output.stdout.strip()
            raise OSError(f"no upload to {folder}, where {free} are free: {error}; make room in /tmp") from None

    @property
    def is_alive(self) -> bool:
        transport = self.client.get_transport() if self.client else None
        return bool(transport and transport.is_active())

    def disconnect(self) -> None:
        """Leave nothing behind, unless the machine is gone: then the next run tidies up."""
        super().disconnect()
        if self.held and self.is_alive:
            with suppress(OSError, EOFError, SSHException):  # it may be gone without our knowing
                self.held.release()
        if self.client:
            self.client.close()
