"""Files and folders of ours."""

import shlex
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import Entries, Path, PathState
from deploy.record import Commands, record_path, upload
from deploy.template import render


@operation()
def place(
    destination: str, values: dict[str, Any], user: str = "root", group: str = "root", mode: str = "644"
) -> Commands:
    """The template for `destination`, rendered with these values, stands there."""
    yield from write._inner(render(destination, values), destination, user, group, mode)


@operation()
def write(text: str, destination: str, user: str = "root", group: str = "root", mode: str = "644") -> Commands:
    """A file has exactly this text, owner, group and mode."""
    if not stands(text, destination, user, group, mode):
        parent = str(PurePosixPath(destination).parent)
        if host.get_fact(PathState, path=parent) is None:
            yield from record_path(parent)
        yield from record_path(destination)
        yield from upload(text, destination, user, group, mode)


def stands(text: str, destination: str, user: str = "root", group: str = "root", mode: str = "644") -> bool:
    wanted = Path("file", user, group, mode, sha256(text.encode()).hexdigest())
    return bool(host.get_fact(PathState, path=destination) == wanted)


@operation()
def folder(path: str, user: str = "root", group: str = "root", mode: str = "755") -> Commands:
    """A folder is there, with this owner, group and mode."""
    if host.get_fact(PathState, path=path) != Path("folder", user, group, mode):
        yield from record_path(path)
        yield StringCommand(f"install -d -o {user} -g {group} -m {mode} {shlex.quote(path)}")


@operation()
def only(path: str, names: list[str]) -> Commands:
    """A folder that is ours alone holds nothing but these."""
    found = host.get_fact(Entries, path=path)
    if others := sorted(set(found) - set(names)):
        yield StringCommand(f"cd {shlex.quote(path)} && rm -rf -- {shlex.join(others)}")


@operation()
def absent(path: str) -> Commands:
    """Nothing is at a path that only we write."""
    if host.get_fact(PathState, path=path) is not None:
        yield StringCommand(f"rm -rf {shlex.quote(path)}")
