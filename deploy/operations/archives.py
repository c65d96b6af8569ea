"""Programs that come as an archive: unpacked beside, then put in their place in one step."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.archives import MARKER, UnpackedArchives
from deploy.operations.artifacts import fetch_command
from deploy.record import Commands, record_path
from plan.plan import Artifact, PackageSources

ROOT = "/opt/eigenherd"


@operation()
def unpacked(archive: Artifact, program: str, folder: str, sources: PackageSources) -> Commands:
    """The archive's files are in the folder, and the program among them is as it was then."""
    if host.get_fact(UnpackedArchives, root=ROOT).get(folder) == archive.sha256:
        return
    yield from record_path(folder)
    yield StringCommand(unpack_script(archive, program, folder, sources))


@operation()
def only(pattern: str, folders: list[str]) -> Commands:
    """Of the folders that this pattern names, these are left."""
    for folder in host.get_fact(UnpackedArchives, root=ROOT, pattern=pattern):
        if folder not in folders:
            yield StringCommand(f"rm -rf {shlex.quote(folder)}")


def unpack_script(archive: Artifact, program: str, folder: str, sources: PackageSources) -> str:
    new, fetched = shlex.quote(f"{folder}.new"), f"{folder}.new/{archive.file}"
    return f"""\
set -eu
umask 022
rm -rf {new}
mkdir {new}
{fetch_command(archive, fetched, "archives", sources, pip="")}
cd {new}
tar --extract --no-same-owner --file {shlex.quote(archive.file)}
rm -f {shlex.quote(archive.file)} .*.sha256 .*.part
{{ echo {archive.sha256}; sha256sum {shlex.quote(program)}; }} >{MARKER}
rm -rf {shlex.quote(folder)}
mv -T {new} {shlex.quote(folder)}
"""
