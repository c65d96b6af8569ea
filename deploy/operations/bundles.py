"""Many small files that belong together: in one folder, all of them or none."""

import io
import shlex
import tarfile
from hashlib import sha256

from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.stores import StoreIdentity
from deploy.record import Commands, record_path

MARKER = "ready"


@operation()
def unpacked_bundle(files: dict[str, str], folder: str) -> Commands:
    """The folder has these files, as they are here; with their sums, by which it is seen whether it still has."""
    if host.get_fact(StoreIdentity, store=folder) == identity(files):
        return
    yield from record_path(folder)
    waiting = host.connector.temp_path(folder)  # type: ignore[attr-defined]
    new = shlex.quote(f"{folder}.new")
    yield FileUploadCommand(io.BytesIO(packed(files)), waiting, _sudo=False)
    yield StringCommand(
        f"rm -rf {new} && install -d -m 755 {new} && tar --extract --no-same-owner --file {waiting} --directory {new}"
        f" && rm -rf {shlex.quote(folder)} && mv -T {new} {shlex.quote(folder)} && rm {waiting}"
    )


def identity(files: dict[str, str]) -> str:
    return sha256(sums(files).encode()).hexdigest()


def sums(files: dict[str, str]) -> str:
    return "".join(f"{sha256(text.encode()).hexdigest()}  {path}\n" for path, text in sorted(files.items()))


def packed(files: dict[str, str]) -> bytes:
    """The same bytes for the same files, wherever and whenever they are packed."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as archive:
        for path, text in sorted((files | {MARKER: f"{identity(files)}\n{sums(files)}"}).items()):
            content = text.encode()
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()
