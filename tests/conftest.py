"""For all tests: what may be skipped, the plugin that tests it, and which cases only a sweep runs."""

import pytest

pytest_plugins = ["pytester", "tests.skips", "tests.checkouts"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep", action="store_true", help="all fault cases, not each kind's sample; writes their table")
    parser.addoption("--fresh", action="store_true", help="generated environments are others than in every run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, not skipped: a sample is what `make test` promises."""
    if not config.getoption("--sweep"):
        left_out = [item for item in items if item.get_closest_marker("sweep")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
