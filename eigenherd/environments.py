"""Finds an environment's file: the user's own folder, else `stacks/`, else a committed example."""

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from plan.derive import derive
from plan.environment import load
from plan.errors import SpecError
from plan.plan import Plan

STACKS = Path(__file__).resolve().parents[1] / "stacks"
EXAMPLES = STACKS / "examples"


def folder() -> Path:
    """ENVIRONMENTS names another folder, perhaps in the user's own repository."""
    return Path(os.environ.get("ENVIRONMENTS") or STACKS).resolve()


def file_of(name: str) -> Path:
    """`Pulumi.<name>.yaml`; made from the example of that name when there is none (Pulumi writes into it)."""
    path = folder() / f"Pulumi.{name}.yaml"
    if not path.exists():
        example = EXAMPLES / f"{name}.yaml"
        if not example.exists():
            known = sorted({file.stem for file in EXAMPLES.glob("*.yaml")} | set(names()))
            raise SpecError(f"an environment file {path}", "none", f"write it, or use one of: {', '.join(known)}")
        shutil.copyfile(example, path)
    return path


def names() -> list[str]:
    return sorted(path.name.split(".")[1] for path in folder().glob("Pulumi.*.yaml"))


def plan_of(name: str) -> Plan:
    """The plan as the Pulumi program will derive it; raises SpecError or PlanError."""
    path = folder() / f"Pulumi.{name}.yaml"
    path = path if path.exists() or not (EXAMPLES / f"{name}.yaml").exists() else EXAMPLES / f"{name}.yaml"
    try:
        content: Any = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise SpecError(f"a readable environment file {path}", str(error), "mend it") from None
    asked = (content or {}).get("config", {}).get("eigenherd:environment")
    if asked is None:
        raise SpecError(f"`config: eigenherd:environment:` in {path}", "none", "see stacks/examples/sandbox.yaml")
    return derive(load(asked), name)
