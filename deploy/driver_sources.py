"""Where the driver's packages come from: the archive's components, and NVIDIA's repository where the plan has it."""

from pyinfra.api.deploy import deploy

from deploy.operations import files
from deploy.operations.packages import packages
from deploy.operations.repositories import KEYRING, SOURCES, components, repository_key
from deploy.template import render
from plan import catalog
from plan.driver import Driver
from plan.errors import PlanError
from plan.plan import PackageSources

SETTINGS = "/etc/apt/apt.conf.d/03eigenherd-driver"
NVIDIA = "/etc/apt/sources.list.d/eigenherd-nvidia.sources"

# With `packages.apt`, apt reads that one list and no folder of the machine's own: ours is beside it.
BESIDE = "/etc/eigenherd/sources.list.d"


@deploy("Driver sources")
def add_driver_sources(driver: Driver, system: str, codename: str, sources: PackageSources) -> None:
    if sources.apt:
        files.folder(name="Folder of sources beside the mirror", path=BESIDE)
        files.place(name="apt reads it", destination=SETTINGS, values={"folder": BESIDE})
    else:
        files.absent(name="apt reads the machine's own folder", path=SETTINGS)
    if driver.components:
        components(
            name=f"Components {' '.join(driver.components)}",
            names=driver.components,
            codename=codename,
            destination=there(SOURCES, sources),
        )
    if driver.repository is None:
        for name in dict.fromkeys((NVIDIA, there(NVIDIA, sources), KEYRING)):
            files.absent(name=f"No {name}", path=name)
        return
    uri, key, fingerprint = repository(driver.repository, system, sources)
    packages(name="What reads keys", names=["gpg"])
    repository_key(name="NVIDIA's key", url=key, fingerprint=fingerprint, path=KEYRING, proxy=sources.proxy)
    text = render(NVIDIA, {"uri": uri, "keyring": KEYRING})
    files.write(name="NVIDIA's repository", text=text, destination=there(NVIDIA, sources))


def there(path: str, sources: PackageSources) -> str:
    """Where apt looks for a file of sources on this machine."""
    return f"{BESIDE}/{path.rpartition('/')[2]}" if sources.apt else path


def repository(folder: str, system: str, sources: PackageSources) -> tuple[str, str, str]:
    """URI, the key's URL or path, and its fingerprint. A mirror has the same folders under `drivers`."""
    for row in catalog.driver_repositories():
        if system in row.systems:
            base = f"{sources.mirror.rstrip('/')}/drivers" if sources.mirror else row.url
            uri = f"file:{base}/{folder}" if base.startswith("/") else f"{base}/{folder}"
            signer = sources.driver_key if sources.mirror else None
            return uri, f"{base}/{folder}/{row.key}", signer or row.fingerprint
    raise PlanError(
        f"the key of NVIDIA's repository for {system}", "none in the catalogue", "pin another driver_source"
    )
