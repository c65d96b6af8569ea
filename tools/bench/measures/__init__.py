"""Measurements, one a file: `measure(lab)` returns its figures. The folder's listing is the registry.

Every module's docstring is one sentence: what is measured.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def names() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> ModuleType:
    return import_module(f"tools.bench.measures.{name}")
