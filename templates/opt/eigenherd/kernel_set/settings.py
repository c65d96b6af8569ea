"""What the deployment wrote down for this machine, and where things lie."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = "etc/eigenherd/upkeep.json"


@dataclass(frozen=True)
class Settings:
    """names: what is held, the kernel's meta package first. prefixes: beginnings of all names of kernel and driver.

    branch: the planned one of the driver. window: in words; empty where nothing moves by itself. gate: the command
    that says whether the GPU is there. watch: the command of the checks; it reads `handover`. models: addresses the
    engine answers at, and one of its models. judge_s: how long a judgement may take.
    """

    root: Path
    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    branch: int
    overdue_days: int
    window: str
    gate: tuple[str, ...]
    watch: tuple[str, ...]
    handover: str
    engine: str
    model: str
    judge_s: int

    @classmethod
    def read(cls, root: Path) -> "Settings":
        values = json.loads((root / FILE).read_text(encoding="utf-8"))
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(root=root, **{**values, **lists})

    @property
    def folder(self) -> Path:
        """Where it is written down how things stand."""
        return self.root / "var/lib/eigenherd/upkeep"

    def is_ours(self, package: str) -> bool:
        """Whether a package is one of kernel and driver."""
        return package in self.names or package.startswith(self.prefixes)
