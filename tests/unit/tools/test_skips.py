"""With CI=true nothing is skipped but for a missing GPU, account or provider plugin."""

import pytest

TESTS = """
import pytest

@pytest.mark.skip(reason="no account at a provider")
def test_allowed_reason(): pass

@pytest.mark.skip(reason="flaky")
def test_other_reason(): pass

def test_skips_itself():
    pytest.skip("not today")

@pytest.mark.xfail(strict=True)
def test_known_defect():
    assert False

def test_runs(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(test_some=TESTS)
    return pytester


def test_in_ci_only_allowed_reasons_are_skips(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest("-p", "tests.skips")
    result.assert_outcomes(passed=1, skipped=1, failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*skipped with CI=true: not today", "*skipped with CI=true: flaky"])


def test_elsewhere_a_skip_is_a_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    suite.runpytest("-p", "tests.skips").assert_outcomes(passed=1, skipped=3, xfailed=1)


@pytest.mark.parametrize(("reason", "outcome"), [("no such program", {"errors": 1}), ("no GPU here", {"skipped": 1})])
def test_in_ci_a_whole_module_is_not_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, reason: str, outcome: dict[str, int]
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(f"import pytest; pytest.skip({reason!r}, allow_module_level=True)")
    pytester.runpytest("-p", "tests.skips").assert_outcomes(**outcome)


def test_in_ci_a_missing_import_is_not_skipped(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile("import pytest; pytest.importorskip('no_such_module')")
    pytester.runpytest("-p", "tests.skips").assert_outcomes(errors=1)
