"""Two machines beside each other: what was planned must be equal, what came as updates of the system is listed."""

from collections.abc import Mapping
from dataclasses import dataclass

from eigenherd.manifest.machine import Found


@dataclass(frozen=True)
class Difference:
    """A line each: what, on the one, and on the other."""

    planned: list[str]
    updates: list[str]


def difference(one: Found, other: Found) -> Difference:
    planned = [] if one.system == other.system else [f"system: {one.system} | {other.system}"]
    for kind in ("users", "groups"):
        planned += differing(kind, dict.fromkeys(one.made[kind], "made"), dict.fromkeys(other.made[kind], "made"))
    ours = {*one.made["packages"], *other.made["packages"]}
    planned += differing("package", versions(one, ours), versions(other, ours))
    planned += differing("path", one.paths, other.paths)
    planned += differing("hold", dict.fromkeys(one.holds, "held"), dict.fromkeys(other.holds, "held"))
    theirs = ({*one.packages} | {*other.packages}) - ours
    return Difference(planned, differing("package", versions(one, theirs), versions(other, theirs)))


def versions(found: Found, names: set[str]) -> dict[str, str]:
    return {name: " ".join(found.packages[name]) for name in names if name in found.packages}


def differing(kind: str, one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    names = sorted({*one} | {*other})
    rows = [(name, one.get(name, "none"), other.get(name, "none")) for name in names]
    return [f"{kind} {name}: {here} | {there}" for name, here, there in rows if here != there]
