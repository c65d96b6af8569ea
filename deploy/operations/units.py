"""systemd units that run what they are meant to run."""

import shlex
from dataclasses import replace

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import PathState
from deploy.facts.units import UnitState
from deploy.record import Commands, manifest, record_unit


@operation()
def runs(unit: str, run: str = "", ours: bool = True, conditional: bool = False, package: str = "") -> Commands:
    """A unit is enabled and active, and its process was started with EIGENHERD_RUN=run and today's files.

    ours: it came with us, so that `--remove` needs no memory of how it was before, and no other's file
    may override it. conditional: where its own condition holds it back, being enabled is enough.
    package: where the unit comes from; one that was there before us may be overridden by its owner.
    """
    found = host.get_fact(UnitState, unit=unit)
    strangers: list[str] = []
    if not ours:
        yield from record_unit(unit, found)
    elif not package or package in manifest().made.packages:
        strangers = [path for path in found.files if path not in manifest().paths]
    if strangers:
        yield StringCommand(f"rm -f {shlex.join(strangers)} && systemctl daemon-reload")
        found = replace(found, exists=True, loaded_anew=True, active=False)
    current = found.loaded_anew and found.run == run and not found.outdated
    active = found.active or (conditional and found.held_back)
    if found.exists and found.enabled and active and current:
        return
    if not (found.exists and found.loaded_anew):
        yield StringCommand("systemctl daemon-reload")
    if not found.enabled:
        yield StringCommand(f"systemctl enable --quiet {unit}")
    if not (active and current):
        # One that has failed too often in a short time is not started again before that is forgotten.
        again = f"systemctl reset-failed {unit} 2>/dev/null; systemctl restart {unit}"
        yield StringCommand(f"{again} || {{ {journal(unit)}; exit 1; }}")


@operation()
def has_run(unit: str, leaves: str) -> Commands:
    """A unit that runs and ends has left this file."""
    if host.get_fact(PathState, path=leaves) is None:
        yield StringCommand(f"systemctl daemon-reload; systemctl start {unit} || {{ {journal(unit)}; exit 1; }}")


@operation()
def gone(unit: str, path: str) -> Commands:
    """A unit of ours that is no longer planned neither runs nor is there."""
    if host.get_fact(PathState, path=path) is not None:
        yield StringCommand(
            f"systemctl disable --quiet --now {unit}; rm -f {shlex.quote(path)}; systemctl daemon-reload"
        )


@operation()
def known(unit: str) -> Commands:
    """systemd has a unit's files as they are now; it is others that start it."""
    found = host.get_fact(UnitState, unit=unit)
    if not (found.exists and found.loaded_anew):
        yield StringCommand("systemctl daemon-reload")


def journal(unit: str) -> str:
    """What a unit said last, for the error message."""
    return f"systemctl status --no-pager --lines 0 {unit} >&2; journalctl --no-pager -o cat -n 25 -u {unit} >&2"
