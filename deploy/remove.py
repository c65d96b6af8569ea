"""`--remove`: undoes what the machine's manifest names, and leaves what was there before."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy import manifest
from deploy.facts.files import PathState
from deploy.facts.nftables import TABLE, FirewallTables
from deploy.facts.packages import Present
from deploy.facts.units import UnitState
from deploy.manifest import UnitBefore
from deploy.nvidia_driver import NOUVEAU
from deploy.operations.holds import KERNEL, released
from deploy.operations.packages import purge_command, unneeded
from deploy.operations.sshd import FILE as SSHD_FILE
from deploy.record import Commands
from deploy.record import manifest as read_manifest
from deploy.upkeep import GRUB
from plan.machine import Handover, Machine

UNITS = "/etc/systemd/system/"
KINDS = (".path", ".timer", ".service")

# Left empty by what lay in them; one that still holds something stays.
FOLDERS = ("/opt/eigenherd", "/var/lib/eigenherd/models", "/var/lib/eigenherd")
RUNNING = ("/run/eigenherd-gpu", "/run/eigenherd")
ALWAYS_OURS = ("/opt/eigenherd/environments", "/var/lib/eigenherd/engine", "/etc/eigenherd", *RUNNING)
SHIPPED_SERVICE = r"'s#.*/systemd/system/\([^/@]*\.service\)$#\1#p'"


def remove(handover: Handover, machine: Machine) -> None:
    """In the reverse order of making; a second time there is nothing to do."""
    if host.get_fact(PathState, path=manifest.PATH) is None:
        return
    known = read_manifest().settle(host.get_fact(Present))
    ours = [path.removeprefix(UNITS) for path in known.paths if path.startswith(UNITS)]
    for unit in sorted((unit for unit in ours if unit.endswith(KINDS)), key=first_what_starts_others):
        stopped(name=f"{unit} is gone", unit=unit)
    no_table(name="No firewall table of ours")
    for path in sorted(known.paths, reverse=True):
        as_before(name=f"{path} as before", path=path, replaced=known.paths[path] == "replaced")
    if NOUVEAU in known.paths:
        early_boot(name="Early boot without our files")
    if GRUB in known.paths:
        plain_menu(name="GRUB without our file")
    reloaded(name="systemd and sshd without our files", sshd=SSHD_FILE in known.paths)
    for unit, before in known.units.items():
        restored(name=f"{unit} as before", unit=unit, before=before)
    released(name="No packages that we hold", names=known.holds)
    purged(name="No packages that came with us", names=[name for name in known.made.packages if not is_kernel(name)])
    nobody(name="No users that came with us", users=known.made.users, groups=known.made.groups)
    nothing(name="Nothing of ours", folders=FOLDERS, ours=ALWAYS_OURS)


def first_what_starts_others(unit: str) -> tuple[int, str]:
    """A timer would start again what has just been stopped."""
    return next(place for place, kind in enumerate(KINDS) if unit.endswith(kind)), unit


@operation()
def stopped(unit: str) -> Commands:
    found = host.get_fact(UnitState, unit=unit)
    if found.active or found.enabled:
        forgotten = f"{{ systemctl reset-failed {unit} 2>/dev/null || true; }}"
        yield StringCommand(f"systemctl disable --quiet --now {unit} && {forgotten}")


@operation()
def no_table() -> Commands:
    if host.get_fact(FirewallTables, ruleset="").live:
        yield StringCommand(f"nft delete table {TABLE}")


@operation()
def as_before(path: str, replaced: bool) -> Commands:
    """A path we made is gone; one that we replaced is what it was."""
    quoted = shlex.quote(path)
    if replaced:
        kept = shlex.quote(manifest.BEFORE + path)
        yield StringCommand(f"rm -f {quoted} && cp -a {kept} {quoted}")
    elif host.get_fact(PathState, path=path) is not None:
        yield StringCommand(f"rm -rf {quoted}")


@operation()
def reloaded(sshd: bool) -> Commands:
    yield StringCommand("systemctl daemon-reload")
    if sshd:
        yield StringCommand("/usr/sbin/sshd -t && systemctl reload ssh.service")


@operation()
def early_boot() -> Commands:
    """The initramfs of every kernel is made of the files there are now."""
    yield StringCommand("update-initramfs -u -k all || dracut --force --regenerate-all")


@operation()
def plain_menu() -> Commands:
    """GRUB starts the newest kernel, or what its owner chose."""
    yield StringCommand("update-grub")


def is_kernel(package: str) -> bool:
    """One that came along while we installed: the machine may run it by now."""
    return package.startswith(KERNEL)


@operation()
def restored(unit: str, before: UnitBefore) -> Commands:
    found = host.get_fact(UnitState, unit=unit)
    if found.enabled and not before.enabled:
        yield StringCommand(f"systemctl disable --quiet {unit}")
    if found.active and not before.active:
        yield StringCommand(f"systemctl stop {unit}")


@operation()
def purged(names: list[str]) -> Commands:
    """Gone, but for those that something needs which came later and is not ours."""
    if gone := " ".join(unneeded(set(names) & host.get_fact(Present).begun)):
        # A purged service can go on running.
        yield StringCommand(f"dpkg -L {gone} | sed -n {SHIPPED_SERVICE} | xargs -r systemctl stop")
        yield purge_command(gone)


@operation()
def nobody(users: tuple[str, ...], groups: tuple[str, ...]) -> Commands:
    found = host.get_fact(Present)
    for user in sorted(set(users) & found.users):
        yield StringCommand(f"userdel {user}")
    for group in sorted(set(groups) & found.groups):
        yield StringCommand(f"getent group {group} >/dev/null && groupdel {group} || true")


@operation()
def nothing(folders: tuple[str, ...], ours: tuple[str, ...]) -> Commands:
    """The manifest goes last."""
    # One command, because the folder of the run's lock goes too.
    yield StringCommand(f"rm -rf {' '.join(ours)}; rmdir --ignore-fail-on-non-empty {' '.join(folders)} || true")
