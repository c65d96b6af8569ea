"""All that exists, in one JSON file that is replaced whole at every change: a killed server loses nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fakes.hcloud.errors import locked, not_found, taken

Record = dict[str, Any]

KINDS = (
    "actions",
    "ssh_keys",
    "networks",
    "firewalls",
    "primary_ips",
    "placement_groups",
    "volumes",
    "load_balancers",
    "servers",
)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Books:
    """Tables of records by id. Keys that begin with an underscore are our own and never shown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "books.json"
        self._all = self._load()

    def save(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._all, indent=1))
        draft.replace(self._path)

    def undo(self) -> None:
        """A refused request leaves nothing behind."""
        self._all = self._load()

    def _load(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {"next_id": 1000, "next_address": 10, **{kind: {} for kind in KINDS}}
        return fresh | (json.loads(self._path.read_text()) if self._path.exists() else {})

    def number(self, series: str = "next_id") -> int:
        """A number that was never given before."""
        self._all[series] += 1
        return int(self._all[series]) - 1

    def all(self, kind: str) -> list[Record]:
        return list(self._all[kind].values())

    def add(self, kind: str, record: Record) -> Record:
        whole = {"id": self.number(), "created": now(), **record}
        self._all[kind][str(whole["id"])] = whole
        return whole

    def drop(self, kind: str, id_: int) -> None:
        self._all[kind].pop(str(id_), None)

    def find(self, kind: str, id_: int | str) -> Record:
        record: Record | None = self._all[kind].get(str(id_))
        if record is None:
            raise not_found(f"{kind.removesuffix('s').replace('_', ' ')} with ID '{id_}'")
        return record

    def free(self, kind: str, id_: int | str) -> Record:
        """A record on which no action is running."""
        record, singular = self.find(kind, id_), kind.removesuffix("s")
        for action in self.all("actions"):
            running = action["status"] == "running"
            if running and {"id": record["id"], "type": singular} in action["resources"]:
                raise locked(f"{singular} {id_}")
        return record

    def unique(self, kind: str, name: str, but: int | None = None) -> str:
        for record in self.all(kind):
            if record["name"] == name and record["id"] != but:
                raise taken("name", f"{kind.removesuffix('s')} name is already used")
        return name
