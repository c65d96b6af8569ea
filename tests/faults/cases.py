"""Which cases there are, and which of them every `make test` runs."""

import importlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent


def parametrize(cases: Mapping[str, Any], sample: Collection[str]) -> pytest.MarkDecorator:
    """Run the test once per case, as `fault` and `injected`; outside of a sweep only those of the sample."""
    assert set(sample) <= set(cases), f"no such case: {set(sample) - set(cases)}"
    marks = {name: () if name in sample else (pytest.mark.sweep,) for name in cases}
    return pytest.mark.parametrize(
        ("fault", "injected"), [pytest.param(name, cases[name], id=name, marks=marks[name]) for name in cases]
    )


def kinds() -> list[str]:
    return sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))


def of_kind(kind: str) -> list[str]:
    """The names of a kind's cases, in order."""
    return list(importlib.import_module(f"tests.faults.test_{kind}").CASES)
