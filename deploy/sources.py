"""Where apt gets packages from, if the environment says so; else the machine's own setting stays."""

from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.context import host

from deploy.facts.system import OsRelease
from deploy.operations.files import absent, place
from plan.plan import PackageSources

SETTINGS = "/etc/apt/apt.conf.d/02eigenherd-sources"
LIST = "/etc/eigenherd/apt.list"


@deploy("Package sources")
def set_package_sources(sources: PackageSources) -> None:
    if sources.apt:
        system = host.get_fact(OsRelease)
        if system.get("ID") != "debian":
            raise DeployError(f"packages.apt is a Debian mirror, found {system.get('ID')}; leave it out on {host.name}")
        place(
            name="Debian mirror of the environment",
            destination=LIST,
            values={"apt": sources.apt.rstrip("/"), "codename": system["VERSION_CODENAME"]},
        )
    if sources.apt or sources.proxy:
        values = {"apt": sources.apt, "proxy": sources.proxy}
        place(name="apt uses mirror and proxy of the environment", destination=SETTINGS, values=values)
    else:
        absent(name="apt has no sources of ours", path=SETTINGS)
