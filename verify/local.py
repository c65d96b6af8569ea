"""The machine itself as the subject: the same commands and probes, without SSH in between."""

from pathlib import Path
from typing import Self

from verify.transport import Ssh


class Local(Ssh):
    """Runs as root, or cannot tell what only root can see."""

    @classmethod
    def named(cls, machine: str) -> Self:
        return cls(config=Path("/dev/null"), machine=machine, sudo=False)

    def _connect(self) -> None:
        """There is nothing to connect to."""

    def drop(self) -> None:
        """There is no connection: only what was measured is forgotten."""
        self._measured.clear()
        self._hung.clear()

    def _argv(self, shell: str) -> list[str]:
        # A command's own 255 must not look like SSH's.
        return ["sh", "-c", f"{shell}; code=$?; [ $code -ne 255 ] || code=1; exit $code"]
