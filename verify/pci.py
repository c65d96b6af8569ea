"""NVIDIA's functions on the PCI bus, as the kernel lists them: they are there without any driver."""

import re
from dataclasses import dataclass

from verify.check import CouldNotTell
from verify.transport import Shell

LINE = re.compile(
    r"(?P<domain>[0-9a-f]{4,8}):(?P<place>[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) (?P<title>.*?) \[(?P<kind>[0-9a-f]{4})\]: "
    r"(?P<device>.*?)(?: \(rev (?P<revision>[0-9a-f]{2})\))?(?: \(prog-if .*\))?$"
)
DISPLAYS = {"0300", "0302"}
BRIDGE = "0680"


@dataclass(frozen=True)
class Function:
    address: str
    kind: str
    device: str
    revision: str

    @property
    def is_card(self) -> bool:
        return self.kind in DISPLAYS

    @property
    def is_switch(self) -> bool:
        """An NVSwitch is a bridge of its own on the bus; a board's other functions are sound or USB."""
        return self.kind == BRIDGE

    @property
    def is_gone(self) -> bool:
        """A device that fell off the bus reads as all ones."""
        return self.revision == "ff"


def functions(host: Shell) -> list[Function]:
    """By `lspci -Dnn -d 10de:`. None is an answer too: the bus can be empty."""
    output = host.run("lspci -Dnn -d 10de:")
    found = [LINE.match(line.strip()) for line in output.stdout.splitlines() if line.strip()]
    if output.code != 0 or not all(found):
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell("the list of PCI devices", said or f"exit {output.code}", "apt-get install pciutils")
    return [
        Function(address(f"{m['domain']}:{m['place']}"), m["kind"], m["device"], m["revision"] or "")
        for m in found
        if m
    ]


def address(text: str) -> str:
    """nvidia-smi writes the domain with eight digits, lspci with four, /proc in either case."""
    domain, _, place = text.strip().lower().partition(":")
    return f"{int(domain, 16):04x}:{place}"
