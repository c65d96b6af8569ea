"""Finds an environment's file, and reads what it asks and what follows from it."""

import os
import re
from pathlib import Path

from plan import stackfile
from plan.derive import derive, refuse_name
from plan.environment import Environment
from plan.plan import Plan
from stacks import asked
from stacks.asked import EXAMPLES, STACKS, folder

SCHEMA = STACKS.parent / "docs" / "environment.schema.json"


def file_of(name: str) -> Path:
    """`Pulumi.<name>.yaml`; made from the example of that name when there is none (Pulumi writes into it)."""
    refuse_name(name)
    path = folder() / f"Pulumi.{name}.yaml"
    if not path.exists():
        example = EXAMPLES / f"{name}.yaml"
        if not example.exists():
            raise asked.unknown(name)
        schema = os.path.relpath(SCHEMA, path.parent)
        path.write_text(re.sub(r"(?<=\$schema=)\S+", schema, example.read_text()))
    return path


def environment_of(name: str) -> Environment:
    """What is asked, from the file or, when there is none yet, from the example `up` would copy."""
    refuse_name(name)
    return stackfile.read(asked.content_of(name), asked.by)


def plan_of(name: str) -> Plan:
    """The plan as the Pulumi program will derive it; raises SpecError or PlanError."""
    return derive(environment_of(name), name)
