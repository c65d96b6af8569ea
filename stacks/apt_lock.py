"""The package lock of an environment, beside its file: `<environment>.apt.json`."""

from pathlib import Path

from pydantic import ValidationError

from plan.debs import AptLock
from plan.errors import SpecError
from plan.plan import Plan
from stacks import asked


def path_of(name: str) -> Path:
    return asked.folder() / f"{name}.apt.json"


def read(plan: Plan) -> AptLock:
    """Empty where the environment does not ask for it. Raises SpecError where there is none, or a broken one."""
    if not plan.sources.locked:
        return AptLock()
    path = path_of(plan.stack)
    todo = f"write it on a deployed one: eigenherd manifest lock {plan.stack}; or copy another environment's"
    try:
        return AptLock.model_validate_json(path.read_text())
    except FileNotFoundError:
        raise SpecError(f"packages.locked: a package lock {path}", "none", todo) from None
    except ValidationError as error:
        raise SpecError(f"packages.locked: a package lock {path}", f"{error.error_count()} errors", todo) from None
