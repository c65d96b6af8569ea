"""What lies on this computer of a stack that no state knows: a run was killed too early, or the state is lost."""

import os

from plan.errors import SpecError
from stacks import folder
from stacks.sandbox import places


def of(name: str) -> list[str]:
    """In words; empty where there is nothing, or where it belongs to another checkout's state."""
    return _machines(name) + ([f"folder {folder.of(name)}"] if _has_folder(name) else [])


def announce(name: str) -> None:
    """Before a stack is made: what is found of an earlier one, and what is lost with its state."""
    if found := of(name):
        print(
            f"{name}: no state knows it, but there is: {', '.join(found)}\n"
            f"{name}: sandbox machines are made anew, and the CA and the clients' keys are new: hand them out again.\n"
            f"{name}: the old ones were in the state; a copy of it, put back before this run, would have kept them.",
            flush=True,
        )


def remove(name: str) -> list[str]:
    """After the stack is destroyed, or where there is none: take away what is left, and say it."""
    found = of(name)
    if _machines(name):
        from stacks.sandbox import sweep

        sweep.sweep(name)
    if _has_folder(name):
        folder.remove(folder.of(name))
    return found


def _machines(name: str) -> list[str]:
    """Only root can make sandbox machines, and so leave any behind."""
    if os.geteuid() != 0 or not _is_name(name) or not places.stack_folder(name).exists():
        return []
    from stacks.sandbox import network, sweep

    return sweep.remains(name) if network.owned(name, str(folder.HOME)) else []


def _has_folder(name: str) -> bool:
    """A stack's folder is known by the clients' header files in it."""
    return _is_name(name) and (folder.of(name) / "headers").is_dir()


def _is_name(name: str) -> bool:
    try:
        places.valid("stack", name)
    except SpecError:
        return False
    return True
