"""Finds an environment's file: the user's own folder, else `stacks/`, else a committed example."""

import os
import re
from pathlib import Path

from plan import stackfile
from plan.derive import derive, refuse_name
from plan.environment import Environment
from plan.errors import SpecError
from plan.plan import Plan

STACKS = Path(__file__).resolve().parents[1] / "stacks"
EXAMPLES = STACKS / "examples"
SCHEMA = STACKS.parent / "docs" / "environment.schema.json"


def folder() -> Path:
    """ENVIRONMENTS names another folder, perhaps in the user's own repository."""
    return Path(os.environ.get("ENVIRONMENTS") or STACKS).resolve()


def file_of(name: str) -> Path:
    """`Pulumi.<name>.yaml`; made from the example of that name when there is none (Pulumi writes into it)."""
    refuse_name(name)
    path = folder() / f"Pulumi.{name}.yaml"
    if not path.exists():
        example = EXAMPLES / f"{name}.yaml"
        if not example.exists():
            raise _unknown(path)
        schema = os.path.relpath(SCHEMA, path.parent)
        path.write_text(re.sub(r"(?<=\$schema=)\S+", schema, example.read_text()))
    return path


def _unknown(path: Path) -> SpecError:
    known = sorted({file.stem for file in EXAMPLES.glob("*.yaml")} | set(names()))
    return SpecError(f"an environment file {path}", "none", f"write it, or use one of: {', '.join(known)}")


def names() -> list[str]:
    return sorted(path.name.split(".")[1] for path in folder().glob("Pulumi.*.yaml"))


def environment_of(name: str) -> Environment:
    """What is asked, from the file or, when there is none yet, from the example `up` would copy."""
    refuse_name(name)
    path, example = folder() / f"Pulumi.{name}.yaml", EXAMPLES / f"{name}.yaml"
    path = example if example.exists() and not path.exists() else path
    try:
        return stackfile.read(path.read_bytes())
    except FileNotFoundError:
        raise _unknown(path) from None


def plan_of(name: str) -> Plan:
    """The plan as the Pulumi program will derive it; raises SpecError or PlanError."""
    return derive(environment_of(name), name)
