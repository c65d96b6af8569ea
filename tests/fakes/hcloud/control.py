"""Faults on order: what `control.json` in the books' folder says, read at every request, used up as it says.

{
  "limit": 3600, "refill_per_s": 1,     requests at once, and how fast they come back
  "polls": 2,                           how often an action is asked for until it has finished
  "tokens": {"sha256 of it": "read"},   which tokens are known ("read" or "write"); without it every one is
  "errors": [{"method": "POST", "path": "/servers", "status": 503, "code": "unavailable", "message": "..."}],
  "lost": [{"method": "POST", "path": "/servers"}],            it is done, and the connection ends without an answer
  "failing": [{"command": "create_server", "code": "...", "message": "..."}]            the action ends as `error`
}
Each of the last three has `times`, 1 by default, counted down in the file. `path` is a regular expression.
"""

import json
import re
from pathlib import Path
from typing import Any

Fault = dict[str, Any]


class Control:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "control.json"

    def value(self, key: str, default: Any) -> Any:
        return self._read().get(key, default)

    def request(self, kind: str, method: str, path: str) -> Fault | None:
        """A fault for this request, if one is ordered; `kind` is "errors" or "lost"."""
        return self._take(kind, lambda f: f["method"] == method and re.fullmatch(f["path"], path) is not None)

    def action(self, command: str) -> Fault | None:
        return self._take("failing", lambda fault: fault["command"] == command)

    def _take(self, kind: str, fits: Any) -> Fault | None:
        control = self._read()
        for fault in control.get(kind, []):
            if fault.get("times", 1) > 0 and fits(fault):
                fault["times"] = fault.get("times", 1) - 1
                draft = self._path.with_suffix(".new")
                draft.write_text(json.dumps(control))
                draft.replace(self._path)
                return dict(fault)
        return None

    def _read(self) -> dict[str, Any]:
        return dict(json.loads(self._path.read_text())) if self._path.exists() else {}
