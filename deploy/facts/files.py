"""Files and folders: content's digest, owner, group and mode in one look."""

import shlex
from dataclasses import dataclass
from typing import Literal

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Path:
    """What stands at a path. mode: octal digits; sha256: empty but for a file."""

    kind: Literal["file", "folder", "link", "other"]
    user: str
    group: str
    mode: str
    sha256: str = ""


KINDS: dict[str, Literal["file", "folder", "link"]] = {
    "regular file": "file",
    "regular empty file": "file",
    "directory": "folder",
    "symbolic link": "link",
}


class PathState(FactBase[Path | None]):
    """A Path, or None where nothing is."""

    def command(self, path: str) -> str:
        quoted = shlex.quote(path)
        return f"if [ -f {quoted} ]; then sha256sum {quoted}; fi; stat -c '%F|%U|%G|%a' {quoted} 2>/dev/null || true"

    def process(self, output: list[str]) -> Path:
        kind, user, group, mode = output[-1].split("|")
        digest = output[0].removeprefix("\\").split()[0] if len(output) > 1 else ""
        return Path(KINDS.get(kind, "other"), user, group, mode, digest)


class FileText(FactBase[str | None]):
    """The text of a small file, or None where there is none."""

    def command(self, path: str) -> str:
        return f"cat {shlex.quote(path)} 2>/dev/null || true"

    def process(self, output: list[str]) -> str:
        return "\n".join(output)


class Entries(FactBase[list[str]]):
    """The names of what is in a folder; none where there is no folder."""

    @staticmethod
    def default() -> list[str]:
        return []

    def command(self, path: str) -> str:
        return f"ls -A1 {shlex.quote(path)} 2>/dev/null || true"

    def process(self, output: list[str]) -> list[str]:
        return output
