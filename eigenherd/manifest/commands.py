"""`eigenherd manifest`: what is on machines, compared; and the lock from which a deployment is made again."""

import sys
from pathlib import Path

from eigenherd.manifest import lock as locking
from eigenherd.manifest.difference import difference
from eigenherd.manifest.machine import Found, read
from eigenherd.stages import handover_of
from plan.errors import SpecError
from stacks import apt_lock, folder


def compare(one: str, other: str) -> int:
    """0: what was planned is equal; 1: it is not. Updates of what was there before us are only listed."""
    found = difference(found_on(one), found_on(other))
    for line in found.planned:
        print(f"planned  {line}")
    for line in found.updates:
        print(f"update   {line}")
    words = "differs" if found.planned else "is equal"
    print(f"{one} and {other}: what was planned {words}; {len(found.updates)} packages of the system differ")
    return 1 if found.planned else 0


def found_on(name: str) -> Found:
    """name: an environment with one machine, or `environment/machine`."""
    stack, _, machine = name.partition("/")
    handover = handover_of(stack)
    folder.write(handover)
    names = [each.name for each in handover.machines]
    if not machine and len(names) > 1:
        raise SpecError(f"one machine of {stack}", f"{len(names)}", f"write {stack}/{names[0]}")
    if machine and machine not in names:
        raise SpecError(f"a machine of {stack}: {', '.join(names)}", machine, "spell it as in the environment")
    return read(handover, machine or names[0])


def lock(name: str, into: str) -> int:
    handover = handover_of(name)
    folder.write(handover)
    mirror = Path(into) if into else folder.HOME / "mirror"
    made = locking.lock(handover, mirror)
    path = apt_lock.path_of(name)
    path.write_text(made.model_dump_json(indent=1) + "\n")
    counts = ", ".join(f"{len(debs)} packages of {system}" for system, debs in made.systems.items())
    print(f"written: {path}, with {counts}; the files lie in {mirror / 'debs'}", file=sys.stdout)
    print("with `packages: {locked: true, mirror: ...}` a machine gets exactly these, from a mirror that has them")
    return 0
