"""Virtual environments on the host, made from a lock with hashes and never built from source.

Each lies in a folder of its own; /opt/eigenherd/<name> leads to it and is moved when it is complete,
so that nobody ever runs a half-made one.
"""

import shlex
from urllib.parse import urlsplit

from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.python import MARKER, ROOT, EnvironmentNames, EnvironmentState
from deploy.operations.files import folder
from deploy.record import Commands, record_path
from plan import lock
from plan.plan import PackageSources, PythonEnvironment

FOLDERS = f"{ROOT}/environments"

# Beside what is installed: the files on their way, and a machine that goes on working.
SPARE_MIB = 256


@deploy("Python")
def install_python(wanted: PythonEnvironment, sources: PackageSources) -> None:
    folder(name="Folder of our programs", path=ROOT)
    environment(name=f"{wanted.name} {wanted.version}", wanted=wanted, sources=sources)


@deploy("Python")
def remove_unplanned(names: list[str]) -> None:
    only_environments(name="No environment of an earlier plan", names=names)


@operation()
def environment(wanted: PythonEnvironment, sources: PackageSources) -> Commands:
    """/opt/eigenherd/<name> has the lock's packages, all of them as installed then."""
    found = host.get_fact(EnvironmentState, environment=wanted.name)
    if found.lock_sha256 == wanted.lock_sha256 and found.whole:
        return
    link = f"{ROOT}/{wanted.name}"
    yield from record_path(link)
    requirements = host.connector.temp_path(link)  # type: ignore[attr-defined]
    yield FileUploadCommand(str(lock.FOLDER / wanted.lock), requirements, _sudo=False)
    yield StringCommand(script(wanted, link, requirements, sources))


def script(wanted: PythonEnvironment, link: str, requirements: str, sources: PackageSources) -> str:
    """Make a new environment beside the old one, then move the link; the marker lists what was installed.

    Half-made ones go first: a disk that they filled would stay full.
    """
    pip = shlex.join(["install", *pip_options(sources), "--requirement", requirements])
    needed_mib = wanted.installed_mib + SPARE_MIB
    return f"""\
set -eu
umask 022
mkdir -p {FOLDERS}
keep_only() {{ for each in {FOLDERS}/{wanted.name}.*; do [ "$each" = "$1" ] || rm -rf "$each"; done; }}
keep_only "$(readlink {link} || true)"
free_mib=$(($(df --output=avail -k {FOLDERS} | tail -n 1) / 1024))
if [ $free_mib -lt {needed_mib} ]; then
  echo "{needed_mib} MiB free in {FOLDERS} needed, $free_mib MiB found" >&2
  exit 1
fi
home=$(mktemp -d {FOLDERS}/{wanted.name}.XXXXXX)
trap 'keep_only "$(readlink {link} || true)"' EXIT
chmod 755 $home
python3 -m venv $home
mkdir $home/tmp
TMPDIR=$home/tmp $home/bin/pip {pip}
rm -r $home/tmp
cd $home
{{ echo {wanted.lock_sha256}; ls -d lib/python3*/site-packages/*.dist-info; }} >{MARKER}
ln -sfn $home {link}.new
mv -fT {link}.new {link}
"""


def pip_options(sources: PackageSources) -> list[str]:
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-color"]
    # The lock is whole: pip is not to look for what a package would rather have.
    options += ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    options += ["--timeout", "20", "--retries", "3"]
    for address in (urlsplit(url) for url in (sources.mirror, sources.pip_index) if url):
        # The lock's hashes vouch for what comes, over whatever way.
        if address.scheme == "http" and address.hostname:
            options += ["--trusted-host", address.hostname]
    if sources.mirror:
        options += ["--no-index", "--find-links", f"{sources.mirror.rstrip('/')}/wheels/"]
    elif sources.pip_index:
        options += ["--index-url", sources.pip_index]
    if sources.proxy:
        options += ["--proxy", sources.proxy]
    return options


@operation()
def only_environments(names: list[str]) -> Commands:
    """No other environments than these take up space."""
    for name in sorted(set(host.get_fact(EnvironmentNames)) - set(names)):
        yield StringCommand(f"rm -rf {ROOT}/{name} {FOLDERS}/{name}.*")
