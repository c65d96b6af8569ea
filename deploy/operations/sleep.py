"""The machine stays awake: what would send it to sleep is masked."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.units import MaskedUnits
from deploy.record import Commands, record_path

SLEEP = ("sleep.target", "suspend.target", "hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target")
FOLDER = "/etc/systemd/system"


@operation()
def awake() -> Commands:
    """No idle desktop, closed lid or key puts it to sleep. What its owner has masked himself is not ours to free."""
    missing = [unit for unit in SLEEP if unit not in host.get_fact(MaskedUnits, units=SLEEP)]
    for unit in missing:
        yield from record_path(f"{FOLDER}/{unit}")
        # `systemctl mask` would stop at a file of the owner's; that is kept, and comes back with `--remove`.
        yield StringCommand(f"ln -sfn /dev/null {FOLDER}/{unit}")
    if missing:
        yield StringCommand("systemctl daemon-reload")
