"""Label selectors, each form of the reference."""

import pytest

from tests.fakes.hcloud.errors import ApiError
from tests.fakes.hcloud.labels import checked, selects

LABELS = {"env": "prod", "eigenherd.io/stack": "office", "empty": ""}


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("env", True),
        ("!env", False),
        ("!other", True),
        ("env=prod", True),
        ("env==prod", True),
        ("env!=prod", False),
        ("other!=prod", True),
        ("empty=", True),
        ("env in (test, prod)", True),
        ("env in (test)", False),
        ("env notin (test)", True),
        ("env notin (test,prod)", False),
        ("eigenherd.io/stack=office,env", True),
        ("eigenherd.io/stack=office,env in (a,b)", False),
    ],
)
def test_a_selector_finds(selector: str, fits: bool) -> None:
    assert selects(selector, LABELS) is fits


@pytest.mark.parametrize("selector", ["", "=x", "a=b=c", "a in b", "!a=b", "a,,b"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ApiError):
        selects(selector, LABELS)


@pytest.mark.parametrize("labels", [{"a b": "c"}, {"a": "x y"}, {"a": "x" * 64}, {"-a": "b"}, {"a": 1}, ["a"]])
def test_what_is_no_label_is_refused(labels: object) -> None:
    with pytest.raises(ApiError):
        checked(labels)
