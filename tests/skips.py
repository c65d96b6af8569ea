"""What may be skipped. With CI=true a test skipped for any other reason is a failure: nothing goes missing unseen."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

# marker -> the start of the reason. A skip gives one of these reasons, by marker or in its own words.
ALLOWED = {"gpu": "no GPU", "account": "no account", "plugin": "no provider plugin"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not Path("/dev/nvidia0").exists():
        pytest.skip(ALLOWED["gpu"])
    if item.get_closest_marker("machine") and (os.geteuid() != 0 or not shutil.which("systemd-nspawn")):
        pytest.skip("machines need root and systemd-nspawn")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # An expected failure is told as a skip too, but the test did run.
    if not hasattr(report, "wasxfail"):
        refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse(report)
    return report


def refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure, unless it may be skipped or nobody would be misled."""
    if not report.skipped or os.environ.get("CI") != "true":
        return
    reason = reason_of(report)
    if not reason.startswith(tuple(ALLOWED.values())):
        report.outcome = "failed"
        report.longrepr = f"skipped with CI=true: {reason or 'no reason given'}"


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
