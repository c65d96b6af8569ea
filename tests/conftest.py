"""For all tests: what may be skipped, and the plugin that tests it."""

pytest_plugins = ["pytester", "tests.skips"]
