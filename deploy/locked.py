"""Packages as a lock has them: a repository of exactly these on the machine, and apt told, by us alone, of no other.

The machine's own apt keeps its sources: security updates come as they always did.
"""

import shlex
from urllib.parse import urlsplit

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import FileText
from deploy.facts.system import OsRelease
from deploy.operations.files import absent, place
from deploy.operations.packages import LOCKED as SETTINGS
from deploy.record import Commands, record_path
from plan.debs import AptLock, Deb
from plan.plan import PackageSources

FOLDER = "/var/lib/eigenherd/debs"
MARK = f"{FOLDER}/lock.sha256"

# A file that is there already is kept; each is what the lock says before apt sees it. An index as apt reads it is
# each package's own description with its place and sum.
MAKE = """\
set -eu
umask 022
mkdir -p {folder}/lists
cd {folder}
rm -f {mark}
while read -r sum file; do
  echo "$sum  $file" | sha256sum --check --status 2>/dev/null || {{
    {get}
    echo "$sum  $file.new" | sha256sum --check --status || {{
      rm -f "$file.new"
      echo "$file in {mirror}/debs: other bytes than locked" >&2
      exit 1
    }}
    mv "$file.new" "$file"
  }}
done <<'END'
{sums}
END
for file in *.deb; do
  grep -qF " $file" <<'END' || {{ rm -f "$file"; continue; }}
{sums}
END
  dpkg-deb --field "$file"
  echo "Filename: ./$file"
  echo "Size: $(stat -c %s "$file")"
  echo "SHA256: $(sha256sum <"$file" | cut -c1-64)"
  echo
done >Packages.new
mv Packages.new Packages
echo "deb [trusted=yes] file:{folder} ./" >apt.list
echo {digest} >{mark}
"""
COPY = 'cp {folder}/"$file" "$file.new" || {{ echo "$file: not in {folder}" >&2; exit 1; }}'
FETCH = (
    '/usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root {proxy} download-file {url}/"$file" "$file.new"'
    ' || {{ echo "$file: not at {url}" >&2; exit 1; }}'
)


@deploy("Package lock")
def use_package_lock(lock: AptLock, sources: PackageSources) -> None:
    if not sources.locked:
        absent(name="No lock", path=SETTINGS)
        return
    found = host.get_fact(OsRelease)
    system = f"{found.get('ID')}-{found.get('VERSION_ID')}"
    if system not in lock.systems:
        known = ", ".join(lock.systems) or "none"
        raise DeployError(f"the lock has packages for {system}: found {known}; lock a deployment on such a machine")
    repository(name="A repository of the locked packages", debs=lock.systems[system], sources=sources)
    place(name="Our apt knows no other", destination=SETTINGS, values={"folder": FOLDER})


@operation()
def repository(debs: tuple[Deb, ...], sources: PackageSources) -> Commands:
    """The folder holds these packages and an index of them; it was made from this very lock."""
    sums = "\n".join(f"{deb.sha256} {deb.file}" for deb in debs)
    digest = AptLock(systems={"": debs}).digest()
    if (host.get_fact(FileText, path=MARK) or "").strip() == digest:
        return
    yield from record_path(FOLDER)
    mirror = (sources.mirror or "").rstrip("/")
    place = shlex.quote(f"{mirror}/debs")
    proxy = f"-o Acquire::http::Proxy={sources.proxy} -o Acquire::https::Proxy={sources.proxy}" if sources.proxy else ""
    get = FETCH.format(url=place, proxy=proxy) if urlsplit(mirror).scheme else COPY.format(folder=place)
    values = {"folder": FOLDER, "mark": MARK, "sums": sums, "digest": digest, "mirror": mirror, "get": get}
    yield StringCommand(MAKE.format(**values))
