"""All checks there are: the listing of `verify/checks/`, one check a file, both of the same name."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from verify import checks
from verify.check import Check


@cache
def all_checks() -> tuple[Check, ...]:
    return tuple(getattr(module, module.__name__.rpartition(".")[2]) for module in modules())


def modules() -> list[ModuleType]:
    """The modules of all checks, in the order of their folders."""
    found = pkgutil.walk_packages(checks.__path__, f"{checks.__name__}.")
    return [import_module(info.name) for info in found if not info.ispkg]
