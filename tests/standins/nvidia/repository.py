"""A flat apt repository in the layout of NVIDIA's, signed with a key that is made on the spot."""

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from pathlib import Path

from plan import catalog
from tests.standins.nvidia import contents
from tests.standins.nvidia.contents import Fault
from tests.standins.nvidia.deb import Deb, write

OWNER = "stands in for NVIDIA <root@localhost>"


@dataclass(frozen=True)
class Repository:
    """folder: that with the packages. fingerprint: of the key that signs them, for `packages.driver_key`."""

    folder: Path
    fingerprint: str


def make(
    mirror: Path, system: str = "debian-12", faults: Mapping[int, Fault] | None = None, home: Path | None = None
) -> Repository:
    """What the system has, in its folder of a mirror; one that is there is made anew.

    home: gpg's folder with the key, for another time; without it the key is a new one, and is forgotten.
    """
    row = next(row for row in catalog.driver_repositories() if system in row.systems)
    folder = mirror / "drivers" / system.replace("-", "").replace(".", "") / "x86_64"
    shutil.rmtree(folder, ignore_errors=True)
    write(folder / "Packages", "", 0o644)
    branches = [contents.packages(branch, (faults or {}).get(branch)) for branch in contents.branches(system)]
    with tempfile.TemporaryDirectory() as work:
        debs = list(chain(*branches))
        built = [deb.build(folder, Path(work) / str(number)) for number, deb in enumerate(debs)]
        index(folder, "\n".join(map(entry, debs, built)))
        return Repository(folder, sign(folder, row.key, home or Path(work) / "gnupg"))


def entry(deb: Deb, built: Path) -> str:
    """One package in the index, as apt wants it."""
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    return f"{deb.control()}Filename: ./{built.name}\nSize: {built.stat().st_size}\nSHA256: {digest}\n"


def index(folder: Path, packages: str) -> None:
    (folder / "Packages").write_text(packages)
    (folder / "Packages.gz").write_bytes(gzip.compress(packages.encode(), mtime=0))
    (folder / "Packages.gz").chmod(0o644)
    write(folder / "Release", "".join(release(folder)), 0o644)


def release(folder: Path) -> Iterator[str]:
    yield "Origin: NVIDIA\nLabel: NVIDIA CUDA\nArchitectures: amd64\n"
    yield f"Date: {format_datetime(datetime.now(UTC), True)}\nSHA256:\n"
    for name in ("Packages", "Packages.gz"):
        content = (folder / name).read_bytes()
        yield f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n"


def sign(folder: Path, key: str, home: Path) -> str:
    """The signed index and the public key beside it, under the name of NVIDIA's; its fingerprint."""
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--yes"]
    try:
        if not home.exists():
            home.mkdir(mode=0o700)
            run([*gpg, "--passphrase", "", "--quick-generate-key", OWNER, "rsa3072", "sign", "never"])
        run([*gpg, "--armor", "--output", str(folder / key), "--export"])
        run([*gpg, "--clearsign", "--output", str(folder / "InRelease"), str(folder / "Release")])
        for name in (key, "InRelease"):
            (folder / name).chmod(0o644)
        listed = run([*gpg, "--with-colons", "--fingerprint"])
    finally:
        run(["gpgconf", "--homedir", str(home), "--kill", "all"])  # its agent would outlive us
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
