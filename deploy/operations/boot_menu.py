"""What GRUB starts, by a file of ours beside its owner's own."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import PathState
from deploy.facts.grub import BootMenuCurrent
from deploy.record import Commands


@operation()
def boot_menu(path: str) -> Commands:
    """GRUB's menu was made after this file."""
    if not host.get_fact(BootMenuCurrent, path=path):
        yield StringCommand("update-grub")


@operation()
def no_boot_menu(path: str) -> Commands:
    """Without the file, and a menu that knows nothing of it."""
    if host.get_fact(PathState, path=path) is not None:
        yield StringCommand(f"rm -f {shlex.quote(path)} && update-grub")
