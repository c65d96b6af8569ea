"""systemd units that run what they are meant to run."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.units import UnitState
from deploy.record import Commands, record_unit


@operation()
def runs(unit: str, run: str = "", ours: bool = True, conditional: bool = False) -> Commands:
    """A unit is enabled and active, and its process was started with EIGENHERD_RUN=run and today's files.

    ours: it came with us, so that `--remove` needs no memory of how it was before. conditional: where
    its own condition holds it back, being enabled is enough.
    """
    found = host.get_fact(UnitState, unit=unit)
    if not ours:
        yield from record_unit(unit, found)
    current = found.loaded_anew and found.run == run and not found.outdated
    active = found.active or (conditional and found.held_back)
    if found.exists and found.enabled and active and current:
        return
    if not (found.exists and found.loaded_anew):
        yield StringCommand("systemctl daemon-reload")
    if not found.enabled:
        yield StringCommand(f"systemctl enable --quiet {unit}")
    if not (active and current):
        yield StringCommand(f"systemctl restart {unit} || {{ {journal(unit)}; exit 1; }}")


def journal(unit: str) -> str:
    """What a unit said last, for the error message."""
    return f"systemctl status --no-pager --lines 0 {unit} >&2; journalctl --no-pager -o cat -n 25 -u {unit} >&2"
