"""What is remembered of a machine, in its folder; and the places in that folder."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from stacks.sandbox import places

IMAGE = "disk.img"


@dataclass(frozen=True)
class Record:
    """A machine as it was created. lower: the trees below its own layer, uppermost first.

    host_key: its public SSH key. authorized: the public key that may log in as root.
    cards: simulated ones, as `simulation.cards_of` gives them.
    """

    stack: str
    name: str
    instance: str
    os: str
    lower: tuple[str, ...]
    memory_gib: float
    disk_gib: float
    number: int
    ipv4: str
    ipv6: str
    bridge: str
    host_key: str
    authorized: str = ""
    cards: str = ""

    @property
    def folder(self) -> Path:
        return places.machine_folder(self.stack, self.name)

    @property
    def container(self) -> str:
        return places.container(self.stack, self.name)

    @property
    def image(self) -> Path:
        return self.folder / IMAGE

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    @property
    def pending(self) -> Path:
        """Files to write into the machine before it boots the next time; gone once written."""
        return self.folder / "pending.json"

    def save(self) -> None:
        partial = self.folder / ".machine.json"
        partial.write_text(json.dumps(asdict(self)))
        partial.rename(self.folder / "machine.json")


def load(folder: Path) -> Record | None:
    """The machine of this folder; a machine outlives the version of this code that made it."""
    file = folder / "machine.json"
    if not file.exists():
        return None
    values = json.loads(file.read_text())
    known = {field.name for field in fields(Record)}
    values = {key: value for key, value in values.items() if key in known}
    return Record(**{**values, "lower": tuple(values["lower"])})


def of_stack(stack: str) -> list[Record]:
    folders = sorted(places.stack_folder(stack).glob("[!.]*/"))
    return [record for folder in folders if (record := load(folder)) is not None]
