"""When each stage of a rebuild began and ended, read from Pulumi's event log while it is written.

The log's own times are whole seconds; an event is stamped here when it is seen, every 50 ms.
"""

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

from drill.evidence import Stage

RESOURCES = {"Preflight": "preflight", "Deployment": "deployment", "Verification": "verification"}
CHANGES = {"create", "update", "create-replacement"}
CONTROL = re.compile(r"\x1b\[[0-9;]*m|<\{%[^%]*%\}>")


class Timeline:
    """Notes events; a stage with several resources lasts from the first one's begin to the last one's end."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.failed: list[str] = []
        self.errors: list[str] = []

    def note(self, event: dict[str, Any], at_s: float) -> None:
        for kind, word in (("resourcePreEvent", "begin"), ("resOutputsEvent", "end"), ("resOpFailedEvent", "fail")):
            if kind in event:
                self._note_resource(event[kind]["metadata"], word, at_s)
        diagnostic = event.get("diagnosticEvent") or {}
        if diagnostic.get("severity") == "error" and (line := first_line(diagnostic.get("message", ""))):
            self.errors.append(line)

    def _note_resource(self, metadata: dict[str, Any], word: str, at_s: float) -> None:
        stage = stage_of(metadata.get("type", ""))
        if stage is None or metadata.get("op") not in CHANGES:
            return
        if word == "begin":
            self.began.setdefault(stage, at_s)
        else:
            self.ended[stage] = at_s
            if word == "fail":
                self.failed.append(stage)

    def stages(self, destroyed_s: float) -> tuple[Stage, ...]:
        """In order, from the destroy on: the time until the rebuild had noticed the loss is a stage of its own."""
        found = [Stage(name="destroy", began_s=0, ended_s=destroyed_s)]
        if "machine" in self.began:
            found.append(Stage(name="notice", began_s=destroyed_s, ended_s=round(self.began["machine"], 2)))
        for name, began_s in self.began.items():
            if (ended_s := self.ended.get(name)) is not None:
                times = {"began_s": round(began_s, 2), "ended_s": round(ended_s, 2)}
                found.append(Stage(name=name, failed=name in self.failed, **times))
        return tuple(found)


class Follower(threading.Thread):
    """Reads the log as it grows, until it is told that nothing more will come."""

    def __init__(self, log: Path, timeline: Timeline, began: float) -> None:
        super().__init__(name="events", daemon=True)
        self._log, self._timeline, self._began = log, timeline, began
        self._over = threading.Event()

    def run(self) -> None:
        rest = ""
        while not self._log.exists() and not self._over.wait(0.05):
            pass
        if not self._log.exists():
            return
        with self._log.open() as log:
            while True:
                last = self._over.is_set()
                *lines, rest = (rest + log.read()).split("\n")
                for line in lines:
                    self._timeline.note(json.loads(line), time.monotonic() - self._began)
                if last:
                    return
                self._over.wait(0.05)

    def end(self) -> None:
        self._over.set()
        self.join()


def stage_of(kind: str) -> str | None:
    """The stage a type of resource belongs to, such as pulumi-python:dynamic:SandboxMachine."""
    name = kind.rpartition(":")[2]
    return "machine" if name.endswith("Machine") else RESOURCES.get(name)


def first_line(message: str) -> str:
    lines = [line.strip() for line in CONTROL.sub("", message).splitlines() if line.strip()]
    return lines[0] if lines else ""
