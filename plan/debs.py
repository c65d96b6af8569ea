"""The Debian packages a deployment installed, to the byte: what `packages: {locked: true}` installs again."""

from pydantic import Field

from plan.value import Value


class Deb(Value):
    """One package. file: its name in the folder `debs` of a mirror."""

    name: str
    version: str
    architecture: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~%_-]*\.deb$")


class AptLock(Value):
    """systems: the packages for each kind of machine, by its system and version: `debian-12`."""

    systems: dict[str, tuple[Deb, ...]] = Field(default_factory=dict)
