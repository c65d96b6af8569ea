"""A sweep's rows: what each case saw and how it ended, written as soon as it has."""

import time
from collections.abc import Callable, Generator

import pytest

from tests.faults import rows

FAILED = pytest.StashKey[bool]()
Note = Callable[..., None]


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Generator[Note]:
    """`note(seen=..., after=...)`: what named the fault, and how it ended. A test that fails gets a row as well."""
    row: rows.Row = {"seen": "", "after": ""}
    started = time.monotonic()
    yield lambda **said: row.update(said)
    failed = request.node.stash.get(FAILED, True)
    row |= {"seconds": round(time.monotonic() - started, 1), "passed": not failed}
    if request.config.getoption("--sweep"):
        kind = request.module.__name__.rpartition("test_")[2]
        rows.merge({kind: {request.node.callspec.params["fault"]: row}})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report
