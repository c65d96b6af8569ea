"""Debian packages, and what comes with them."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.packages import Present
from deploy.record import Commands, begin_installation, settle_installation

# Another apt may be at work (a fresh machine updates itself): wait for it. A conffile of ours stays ours.
APT = (
    "DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get --yes --quiet"
    " -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3"
    " -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)


@operation()
def packages(names: list[str]) -> Commands:
    """These packages are installed, with what they depend on and nothing they only recommend."""
    missing = sorted(set(names) - host.get_fact(Present).packages)
    if not missing:
        return
    yield from begin_installation()
    yield StringCommand("dpkg --configure --pending --force-confdef --force-confold")
    # Once a run is enough: the mark goes with the run's folder.
    mark = host.connector.temp_path("apt-get update")  # type: ignore[attr-defined]
    yield StringCommand(f"[ -e {mark} ] || {{ {APT} update && touch {mark}; }}")
    yield StringCommand(f"{APT} install --no-install-recommends {' '.join(missing)}")
    yield from settle_installation()
