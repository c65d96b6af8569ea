"""Finds an environment's file, and reads what it asks and what follows from it."""

import os
import re
from pathlib import Path

from plan import stackfile
from plan.derive import derive
from plan.environment import Environment
from plan.errors import SpecError
from plan.plan import Plan
from stacks import asked
from stacks.asked import EXAMPLES, STACKS, folder, names

SCHEMA = STACKS.parent / "docs" / "environment.schema.json"


def file_of(name: str) -> Path:
    """`Pulumi.<name>.yaml`; made from the example of that name when there is none (Pulumi writes into it)."""
    path = folder() / f"Pulumi.{name}.yaml"
    if not path.exists():
        example = EXAMPLES / f"{name}.yaml"
        if not example.exists():
            known = sorted({file.stem for file in EXAMPLES.glob("*.yaml")} | set(names()))
            raise SpecError(f"an environment file {path}", "none", f"write it, or use one of: {', '.join(known)}")
        schema = os.path.relpath(SCHEMA, path.parent)
        path.write_text(re.sub(r"(?<=\$schema=)\S+", schema, example.read_text()))
    return path


def environment_of(name: str) -> Environment:
    """What is asked, from the file or, when there is none yet, from the example `up` would copy."""
    return stackfile.read(asked.text_of(name), asked.by)


def plan_of(name: str) -> Plan:
    """The plan as the Pulumi program will derive it; raises SpecError or PlanError."""
    return derive(environment_of(name), name)
