"""Debian packages, and what comes with them; interrupted installations are finished first.

Another apt or dpkg may be at work (a fresh machine updates itself): each command waits for its turn.
"""

from collections.abc import Iterable

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.packages import Present, PurgePlan
from deploy.record import Commands, begin_installation, settle_installation

LOCK_TIMEOUT_S = 600

# A conffile of ours stays ours. A mirror that has gone silent is given up after a minute or two.
APT = (
    "apt-get --yes --quiet -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
    " -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)

# With a package lock, apt is told of no other packages; only we are.
LOCKED = "/etc/eigenherd/apt-locked.conf"

# dpkg does not wait for its lock at all, and apt not for that of its lists.
PATIENTLY = f"""\
[ ! -e {LOCKED} ] || export APT_CONFIG={LOCKED}
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
patiently() {{
  until=$(($(date +%s) + {LOCK_TIMEOUT_S}))
  while ! said=$("$@" 2>&1); do
    case $said in
      *"Could not get lock"* | *"Unable to acquire the dpkg"* | *"was locked by another process"*) ;;
      *) return 1 ;;
    esac
    [ "$(date +%s)" -lt $until ] || return 1
    echo "waiting for the package manager's lock, held by $(echo "$said" | grep -o -m 1 'process.*' || echo another)"
    sleep 3
  done
}}
"""

# Lists that cannot be renewed (a source that is nobody's business here) only count if the packages cannot be had.
INSTALL = """\
[ -e {mark} ] || {{ patiently {apt} update && touch {mark}; }} || old_lists=$said
patiently {apt} install {words} || {{ echo "$old_lists" "$said" >&2; exit 1; }}
"""

# What is unpacked is configured; what was cut off while it was being unpacked has to be fetched again.
FINISH = """\
patiently dpkg --configure --pending --force-confdef --force-confold || failed=$said
half=$(dpkg-query --show --showformat '${{db:Status-Eflag}} ${{Package}}\\n' | sed -n 's/^reinstreq //p')
if [ "$half$failed" ]; then
  patiently {apt} update || old_lists=$said
  patiently {apt} install --fix-broken --reinstall $half || {{ echo "$old_lists" "$failed" "$said" >&2; exit 1; }}
fi
"""


@operation()
def finished() -> Commands:
    """No package is left half unpacked or half configured by something that was interrupted."""
    if host.get_fact(Present).unfinished:
        yield from begin_installation()
        yield StringCommand(PATIENTLY + FINISH.format(apt=APT))
        yield from settle_installation()


@operation()
def packages(names: list[str]) -> Commands:
    """These packages are installed, with what they depend on and nothing they only recommend."""
    missing = sorted(set(names) - host.get_fact(Present).packages)
    if not missing:
        return
    yield from begin_installation()
    # The lists are renewed once a run: the mark goes with the run's folder.
    mark = host.connector.temp_path("apt-get update")  # type: ignore[attr-defined]
    words = f"--no-install-recommends {' '.join(missing)}"
    yield StringCommand(PATIENTLY + INSTALL.format(apt=APT, words=words, mark=mark))
    yield from settle_installation()


def unneeded(names: Iterable[str]) -> list[str]:
    """Of these installed packages, all that can go without taking another one along."""
    left = set(names)
    while left and (foreign := host.get_fact(PurgePlan, packages=sorted(left)) - left):
        needed = {name for name in left if host.get_fact(PurgePlan, packages=[name]) & foreign}
        left = left - needed if needed else set()
    return sorted(left)


def purge_command(names: str) -> StringCommand:
    """Remove with configuration; what is half configured is ended first, as far as it can be."""
    configure = "patiently dpkg --configure --pending || true"
    return StringCommand(f'{PATIENTLY}{configure}\npatiently {APT} purge {names} || {{ echo "$said" >&2; exit 1; }}')
