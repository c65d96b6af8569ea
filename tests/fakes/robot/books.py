"""The books: all the fake knows, as one JSON file that is whole at every moment."""

import json
import os
from pathlib import Path
from typing import Any

START: dict[str, Any] = {
    "account": {"user": "#ws+fake", "password": "a password of the tests"},
    "servers": {},
    "keys": {},
    "rdns": {},
    "boot": {},
    "resets": [],
    "firewalls": {},
    "templates": {},
    "vswitches": {},
    "products": {},
    "market": {},
    "addons": {},
    "transactions": {},
    "market_transactions": {},
    "addon_transactions": {},
    "limited": {},
    "faults": [],
    "failed_logins": 0,
    "next": 1000,
    # polls: how often something is "in process" before it is ready. host_keys: when a rescue system's are told.
    "settings": {"polls": 1, "ordering": True, "host_keys": "at activation", "limits": {}, "spare_ips": []},
}


class Books(dict[str, Any]):
    """Change it as a dictionary, then `save`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "books.json"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = json.loads(self.file.read_text()) if self.file.exists() else {}
        super().__init__(json.loads(json.dumps({**START, **kept})))
        self["settings"] = {**START["settings"], **self["settings"]}

    def save(self) -> None:
        partial = self.folder / ".books.json"
        with partial.open("w") as file:
            json.dump(self, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.file)

    def number(self) -> int:
        """A number nothing else has."""
        self["next"] += 1
        return int(self["next"])

    def wait(self, thing: dict[str, Any], key: str = "status", busy: str = "in process", ready: str = "ready") -> None:
        """Have it be busy for as many looks as the settings say."""
        polls = self["settings"]["polls"]
        thing[key] = busy if polls else ready
        thing["_polls"] = {**thing.get("_polls", {}), key: [polls, ready]}

    def looked_at(self, thing: dict[str, Any], key: str = "status") -> None:
        """One look less until it is ready."""
        left, ready = thing.get("_polls", {}).get(key, (0, None))
        if left > 0:
            thing["_polls"][key] = [left - 1, ready]
        elif ready is not None:
            thing[key] = ready
            del thing["_polls"][key]
