"""Where environment files lie: the user's own folder, else `stacks/`, and the committed examples."""

import os
from pathlib import Path
from typing import Any

from plan.errors import SpecError

STACKS = Path(__file__).resolve().parent
EXAMPLES = STACKS / "examples"


def folder() -> Path:
    """ENVIRONMENTS names another folder, perhaps in the user's own repository.

    A relative one is meant from the project's root, where `make` is run: Pulumi runs the program elsewhere.
    """
    return (STACKS.parent / (os.environ.get("ENVIRONMENTS") or STACKS)).resolve()


def names() -> list[str]:
    return sorted(path.name.split(".")[1] for path in folder().glob("Pulumi.*.yaml"))


def path_of(name: str) -> Path:
    """The environment's file or, when there is none yet, the example that `up` would copy."""
    path, example = folder() / f"Pulumi.{name}.yaml", EXAMPLES / f"{name}.yaml"
    return example if example.exists() and not path.exists() else path


def content_of(name: str) -> bytes:
    try:
        return path_of(name).read_bytes()
    except FileNotFoundError:
        raise unknown(name) from None


def unknown(name: str) -> SpecError:
    known = ", ".join(sorted({file.stem for file in EXAMPLES.glob("*.yaml")} | set(names())))
    todo = f"write it, or use one of: {known}; ENVIRONMENTS=dir names another folder"
    return SpecError(f"an environment file {folder()}/Pulumi.{name}.yaml", "none", todo)


def by(name: str) -> Any:
    """What the file of that name asks, as written: for the environment that rehearses it."""
    from plan import stackfile  # most programs rehearse nothing, and need no YAML

    return stackfile.mapping(content_of(name))
