"""An environment that rehearses another one: it takes everything from there but the place where that lives.

The place is the machine with its card and its folders, the name and the certificate its clients know, and the
networks they come from. None of it is true of another machine; two machines with one name would be one too many.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from plan.errors import SpecError
from plan.nearest import listed
from plan.shown import shown

Asked = Callable[[str], Any]
"""What another environment asks, as its file has it, by its name."""

KEY = "rehearses"
OWN = ("rehearses", "machine", "machines", "gpu", "gpus", "drill")
ELSEWHERE = ("maintenance", "edge")  # of a driver, or in front of machines, that the rehearsal need not have
PLACE = {"gateway": ("host", "tls", "certificate", "key", "allow"), "packages": ()}


def merged(mapping: Mapping[str, Any], asked: Asked, file: str) -> dict[str, Any]:
    """The rehearsal's own keys over those of the environment it names."""
    name = mapping[KEY]
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        raise SpecError(f"{file}, {KEY}: the name of another environment", shown(name), f"write {KEY}: office")
    if foreign := [key for key in mapping if key not in OWN]:
        todo = f"leave it out: all but the machine is what `{name}` has; change it there"
        raise SpecError(f"{file}: beside `{KEY}` only {listed(OWN[1:])}", listed(foreign), todo)
    theirs = asked(name)
    if not isinstance(theirs, Mapping):
        raise SpecError(f"{name}: keys with values", "something else", f"correct the file of `{name}`")
    if KEY in theirs:
        found = f"`{name}`, which rehearses `{theirs[KEY]}` itself"
        raise SpecError(f"{file}, {KEY}: an environment that stands for itself", found, "name that one")
    taken = {key: value for key, value in theirs.items() if key not in OWN + ELSEWHERE}
    return {**taken, **{key: _elsewhere(taken[key], PLACE[key]) for key in PLACE if key in taken}, **mapping}


def _elsewhere(part: Any, place: tuple[str, ...]) -> Any:
    """Without what is true of one place only; a folder on the machine is."""
    if not isinstance(part, Mapping):
        return part
    return {k: v for k, v in part.items() if k not in place and not (k == "mirror" and str(v).startswith("/"))}


def alone(name: str) -> Any:
    """Where no other environment can be looked up."""
    raise SpecError(f"the file of environment `{name}`, which is rehearsed", "no folder to look in", "use `eigenherd`")
