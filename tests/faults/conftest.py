"""A sweep's rows: what each case saw and how it ended, written when the run is over."""

import time
from collections import defaultdict
from collections.abc import Callable, Generator

import pytest

from tests.faults import rows

FRESH = pytest.StashKey[dict[str, dict[str, rows.Row]]]()
Note = Callable[..., None]


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Generator[Note]:
    """`note(seen=..., after=...)`: what named the fault, and how it ended. A test that fails gets a row as well."""
    kind = request.module.__name__.rpartition("test_")[2]
    row: rows.Row = {"seen": "", "after": ""}
    started = time.monotonic()
    yield lambda **said: row.update(said)
    failed = request.node.stash.get(FAILED, True)
    row |= {"seconds": round(time.monotonic() - started, 1), "passed": not failed}
    request.config.stash[FRESH][kind][request.node.callspec.params["fault"]] = row


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FRESH] = defaultdict(dict)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--sweep") and session.config.stash[FRESH]:
        rows.merge(session.config.stash[FRESH])
