"""GRUB: whether its menu was made after a file that it is made from."""

import shlex

from pyinfra.api.facts import FactBase

MENU = "/boot/grub/grub.cfg"


class BootMenuCurrent(FactBase[bool]):
    """The menu is newer than this file."""

    default = bool

    def command(self, path: str) -> str:
        return f"if [ {MENU} -nt {shlex.quote(path)} ]; then echo current; else echo old; fi"

    def process(self, output: list[str]) -> bool:
        return output[-1] == "current"
