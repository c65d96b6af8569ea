"""What a base tree is made of: a Debian release as a freshly rented server has it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from plan.errors import SpecError
from stacks.sandbox import sources

RELEASES = {"debian-12": "bookworm", "debian-13": "trixie"}

# On top of what debootstrap installs by itself (priorities required and important).
PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "iputils-ping",
    "libgomp1",
    "libpam-systemd",
    "nftables",
    "openssh-server",
    "python3",
    "python3-venv",
    "sudo",
    "systemd-sysv",
    "zstd",
)

# A container runs its host's kernel and has none installed; a machine that simulates its own has this one.
KERNEL = "linux-image-amd64"

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
OWN_AUTHORITIES = Path("/usr/local/share/ca-certificates")


@dataclass(frozen=True)
class Recipe:
    """All that decides a base tree's content, so that its digest names it.

    authorities: certificates this computer trusts beyond Debian's own, by file name.
    """

    os: str
    release: str
    mirror: str
    sources: str
    transport: str
    authorities: dict[str, str]
    packages: tuple[str, ...] = PACKAGES
    version: int = 2

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


def of(os: str, kernel: bool = False) -> Recipe:
    """The recipe of `os` on this computer: its package mirror and the authorities it trusts.

    kernel: with the distribution's, as a server has it.
    """
    if os not in RELEASES:
        raise SpecError(f"one of {', '.join(RELEASES)}", repr(os), "choose one of these as `os`")
    here, release = sources.codename(), RELEASES[os]
    found = sources.of_computer()
    return Recipe(
        os=os,
        release=release,
        mirror=next(source.uri for source in found if source.suite == here),
        sources="".join(source.line() for source in sources.for_release(release, found, here)),
        transport=sources.transport(),
        authorities={path.name: path.read_text() for path in sorted(OWN_AUTHORITIES.rglob("*.crt"))},
        packages=(*PACKAGES, KERNEL) if kernel else PACKAGES,
    )
