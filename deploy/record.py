"""Keeps the manifest on the machine; every function yields commands, for use inside operations."""

import shlex
from collections.abc import Generator
from io import StringIO

from pyinfra.api.command import FileUploadCommand, PyinfraCommand, StringCommand
from pyinfra.context import host

from deploy.facts.files import FileText, PathState
from deploy.facts.packages import Present
from deploy.facts.units import Unit
from deploy.manifest import BEFORE, PATH, Manifest, UnitBefore

Commands = Generator[PyinfraCommand, None, None]


def upload(text: str, destination: str, user: str = "root", group: str = "root", mode: str = "644") -> Commands:
    """Put a whole file in its place at once, with owner and mode from its first moment."""
    waiting = host.connector.temp_path(destination)  # type: ignore[attr-defined]
    fresh = shlex.quote(f"{destination}.eigenherd-new")
    yield FileUploadCommand(StringIO(text), waiting, _sudo=False)
    yield StringCommand(
        f"install -D -o {user} -g {group} -m {mode} {waiting} {fresh}"
        f" && mv -fT {fresh} {shlex.quote(destination)} && rm {waiting}"
    )


def manifest() -> Manifest:
    text = host.get_fact(FileText, path=PATH)
    return Manifest.model_validate_json(text) if text else Manifest()


def keep(before: Manifest, after: Manifest) -> Commands:
    """Write the manifest if it has changed."""
    if after != before:
        yield from upload(after.model_dump_json(indent=1) + "\n", PATH)


def record_path(path: str) -> Commands:
    """Before a file or folder is made ours: one that was there is kept for `--remove`."""
    known = manifest()
    if path in known.paths:
        return
    found = host.get_fact(PathState, path=path)
    if found is None:
        yield from keep(known, known.with_path(path, "made"))
    elif found.kind != "folder":
        kept = shlex.quote(BEFORE + path)
        yield StringCommand(f"install -d -m 700 {BEFORE} && mkdir -p $(dirname {kept})")
        yield StringCommand(f"cp -a --no-clobber {shlex.quote(path)} {kept}")
        yield from keep(known, known.with_path(path, "replaced"))


def record_unit(unit: str, found: Unit) -> Commands:
    """How somebody else's unit was when we first saw it. Ours, and those of our packages, go as files."""
    known = manifest()
    yield from keep(known, known.with_unit(unit, UnitBefore(enabled=found.enabled, active=found.active)))


def begin_installation() -> Commands:
    known = manifest()
    yield from keep(known, known.begin(host.get_fact(Present)))


def settle_installation() -> Commands:
    known = manifest()
    yield from keep(known, known.settle(host.get_fact(Present)))
