"""What we made on a machine, and what was there before: /etc/eigenherd/manifest.json.

An entry is written before its change is made, so that `--remove` undoes half a deployment as well.
This module holds the shape; `deploy/record.py` keeps it on the machine.
"""

from typing import Literal, Self

from pydantic import Field

from deploy.facts.packages import Inhabitants
from plan.plan import Value

PATH = "/etc/eigenherd/manifest.json"
BEFORE = "/etc/eigenherd/before"


class Names(Value):
    """packages, users and groups, sorted."""

    packages: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Inhabitants) -> Self:
        return cls(
            packages=tuple(sorted(found.begun)),
            users=tuple(sorted(found.users)),
            groups=tuple(sorted(found.groups)),
        )

    def __add__(self, other: "Names") -> "Names":
        return Names(**{key: tuple(sorted({*getattr(self, key), *getattr(other, key)})) for key in KINDS})

    def __sub__(self, other: "Names") -> "Names":
        return Names(**{key: tuple(sorted({*getattr(self, key)} - {*getattr(other, key)})) for key in KINDS})


KINDS = ("packages", "users", "groups")


class UnitBefore(Value):
    """How a unit was that existed before us."""

    enabled: bool
    active: bool


class Manifest(Value):
    """made: what was added. paths: each file or folder of ours; `replaced` lies in /etc/eigenherd/before.

    pending: who was there when an installation began that has not been seen to end. holds: packages we hold.
    """

    made: Names = Names()
    pending: Names | None = None
    paths: dict[str, Literal["made", "replaced"]] = Field(default_factory=dict)
    units: dict[str, UnitBefore] = Field(default_factory=dict)
    holds: tuple[str, ...] = ()

    def begin(self, found: Inhabitants) -> "Manifest":
        """An installation starts; if an earlier one never ended, what it added is ours as well."""
        return self.settle(found).model_copy(update={"pending": Names.of(found)})

    def settle(self, found: Inhabitants) -> "Manifest":
        """No installation is at work: what came with the last one is ours."""
        if self.pending is None:
            return self
        return self.model_copy(update={"made": self.made + (Names.of(found) - self.pending), "pending": None})

    def with_path(self, path: str, kind: Literal["made", "replaced"]) -> "Manifest":
        return self.model_copy(update={"paths": {**self.paths, path: self.paths.get(path, kind)}})

    def with_unit(self, unit: str, before: UnitBefore) -> "Manifest":
        return self.model_copy(update={"units": {**self.units, unit: self.units.get(unit, before)}})

    def with_holds(self, names: tuple[str, ...]) -> "Manifest":
        return self.model_copy(update={"holds": names})
