"""The driver's lines in the kernel log of this boot."""

import re
from dataclasses import dataclass

from plan import catalog
from plan.catalog.rows import XidRow
from verify.check import CouldNotTell
from verify.transport import Shell

XID = re.compile(r"NVRM: Xid \((?:PCI:)?([0-9a-fA-F:.]+)\): (\d+)(?:, ?(.*))?$")
KERNEL_LINE = re.compile(r"\S+ \S+ kernel: ")
ASK = "journalctl -k -b -q --no-pager -o short-iso"


@dataclass(frozen=True)
class Xid:
    """An error that the driver reported. row: what the catalogue knows of its number."""

    place: str
    number: int
    text: str
    row: XidRow | None

    def __str__(self) -> str:
        return f"Xid {self.number} at {self.place}" + (f" ({self.text[:120]})" if self.text else "")


def xids(host: Shell, since: float | None = None) -> list[Xid]:
    """All of this boot, or those since a Unix time. A log that can not be read, or a line, is not silence."""
    # The boot's first line shows that there is a log; a part of it can be empty, so it ends with a word of ours.
    first = "awk 'NR == 1 || /NVRM: Xid/'"
    output = host.run(f"{ASK} | {first}" if since is None else f"{ASK} --since @{since:.0f} && echo end", root=True)
    lines = output.stdout.splitlines()
    whole = lines[-1:] == ["end"] if since is not None else bool(lines) and KERNEL_LINE.match(lines[0])
    if output.code != 0 or not whole:
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell("the kernel log of this boot", said or "no line", f"on the machine, as root: {ASK}")
    return [parsed(line) for line in lines if "NVRM: Xid" in line]


def parsed(line: str) -> Xid:
    found = XID.search(line.rstrip())
    if not found:
        raise CouldNotTell("a line with an Xid's number", line[:200], "journalctl -k -b | grep Xid")
    row = next((row for row in catalog.xids() if int(found[2]) in row.numbers), None)
    return Xid(found[1], int(found[2]), found[3] or "", row)
