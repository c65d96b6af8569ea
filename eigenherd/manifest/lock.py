"""Writes down what a deployment installed, to the byte, and keeps the files."""

import io
import tarfile
from hashlib import sha256
from pathlib import Path

from eigenherd.manifest.machine import Found, read, run
from plan.debs import AptLock, Deb
from plan.errors import ProviderError
from plan.machine import Handover

# apt keeps what it fetched, with the colon of an epoch as %3a; what was cleaned away is fetched again, of that version.
COLLECT = """\
set -eu
d=$(mktemp -d /var/tmp/eigenherd-debs.XXXXXX)
trap 'rm -rf "$d"' EXIT
chmod 755 "$d"
while read -r name version architecture file; do
  for there in /var/lib/eigenherd/debs/"$file" \
    /var/cache/apt/archives/"${name}_$(echo "$version" | sed s/:/%3a/g)_$architecture.deb"; do
    [ -e "$d/$file" ] || [ ! -e "$there" ] || cp "$there" "$d/$file"
  done
  [ -e "$d/$file" ] || {
    mkdir "$d/fetched"
    (cd "$d/fetched" && apt-get -qq -o APT::Sandbox::User=root download "$name:$architecture=$version" >&2)
    mv "$d"/fetched/*.deb "$d/$file"
    rmdir "$d/fetched"
  }
done <<'END'
"""


def lock(handover: Handover, mirror: Path) -> AptLock:
    """Of each kind of machine the packages that came with us, of all its machines; their files in `<mirror>/debs`."""
    systems: dict[str, dict[str, Deb]] = {}
    for machine in handover.machines:
        found = read(handover, machine.name)
        for deb in collect(handover, machine.name, found, mirror / "debs"):
            known = systems.setdefault(found.system, {}).setdefault(deb.name, deb)
            if known.sha256 != deb.sha256:
                words = f"{deb.name} {known.version} and {deb.version}"
                raise ProviderError(f"one version of each package on {found.system}", words, "upgrade the older, again")
    return AptLock(systems={system: tuple(debs[name] for name in sorted(debs)) for system, debs in systems.items()})


def collect(handover: Handover, name: str, found: Found, folder: Path) -> list[Deb]:
    wanted = {each: found.packages[each] for each in found.made["packages"] if each in found.packages}
    files = {each: f"{each}_{version.replace(':', '.')}_{kind}.deb" for each, (version, kind) in wanted.items()}
    lines = "".join(f"{each} {version} {kind} {files[each]}\n" for each, (version, kind) in wanted.items())
    packed = run(handover, name, "sh -s", f'{COLLECT}{lines}END\ntar -C "$d" -c .\n'.encode())
    folder.mkdir(parents=True, exist_ok=True)
    debs = []
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for each, (version, kind) in wanted.items():
            member = tar.extractfile(f"./{files[each]}")
            content = member.read() if member else b""
            (folder / files[each]).write_bytes(content)
            deb = Deb(
                name=each, version=version, architecture=kind, sha256=sha256(content).hexdigest(), file=files[each]
            )
            debs.append(deb)
    return debs
