"""Packages on hold: no upgrade touches them, neither by hand nor by itself."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.apt import HeldPackages, PackageVersions
from deploy.operations.packages import APT, PATIENTLY, unneeded
from deploy.record import Commands, keep, manifest

KERNEL = "linux-image-"


@operation()
def held(names: tuple[str, ...]) -> Commands:
    """Of these, all that are installed are held; what we held for another driver is free, and gone if it came with us.

    A package that its owner holds stays so, and one that this driver needs too (libcuda1) is there.
    """
    known, found = manifest(), host.get_fact(HeldPackages)
    installed = host.get_fact(PackageVersions)
    missing = sorted((set(names) & set(installed)) - found)
    earlier = sorted(set(known.holds) - set(names))
    holds = tuple(sorted((set(known.holds) & set(names)) | set(missing)))
    yield from keep(known, known.with_holds(tuple(sorted({*holds, *earlier}))))
    if missing:
        yield StringCommand(f"apt-mark hold {' '.join(missing)}")
    if earlier:
        yield StringCommand(f"apt-mark unhold {' '.join(earlier)}")
        ours = [name for name in earlier if name in known.made.packages and name in installed]
        if gone := " ".join(unneeded(name for name in ours if not name.startswith(KERNEL))):
            yield StringCommand(f'{PATIENTLY}patiently {APT} purge {gone} || {{ echo "$said" >&2; exit 1; }}')
        yield from keep(manifest(), manifest().with_holds(holds))


@operation()
def released(names: tuple[str, ...]) -> Commands:
    """None of these is held."""
    found = host.get_fact(HeldPackages)
    if still := sorted(found.intersection(names)):
        yield StringCommand(f"apt-mark unhold {' '.join(still)}")
