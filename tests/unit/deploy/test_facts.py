"""Facts read what machines really printed: one recorded output a file, under tests/cases/facts/<fact>/."""

import dataclasses
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.facts import FactBase

CASES = Path(__file__).resolve().parents[2] / "cases" / "facts"


def plain(value: Any) -> Any:
    """The value as JSON would have it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: plain(part) for key, part in dataclasses.asdict(value).items()}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return [plain(part) for part in value] if isinstance(value, (tuple, list)) else value


def fact(name: str) -> FactBase[Any]:
    module, _, cls = name.partition(".")
    made: FactBase[Any] = getattr(import_module(f"deploy.facts.{module}"), cls)()
    return made


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fact_reads(case: Path) -> None:
    recorded = json.loads(case.read_text())
    asked = fact(case.parent.name)
    found = asked.process(recorded["output"]) if recorded["output"] else asked.default()
    assert plain(found) == recorded["expected"]
