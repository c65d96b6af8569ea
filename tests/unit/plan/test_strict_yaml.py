"""YAML that is refused, and what is taken as Pulumi's own reader takes it."""

import pytest

from plan import strict_yaml
from plan.errors import SpecError


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a: 1\na: 2\n", "line 2, column 1: `a` is there twice"),
        ("{a: 1, 'a': 2}", "`a` is there twice"),
        ("b: {a: 1, a: 2}", "line 1, column 11"),
        ("1: 2", "a key that is not text"),
        ("[a]: 2", "a key that is not text"),
        ("a: &a [*a]", "an alias inside of what it stands for"),
        ("a: *b", "undefined alias"),
        ("a: " + "9" * 5000, "no such value"),
        ("a: !!int ''", "no such value"),
        ("a: !!bool x", "no such value"),
        ('a: "\\ud800"', "no such value"),
        ("a: !!binary aGk=", "could not determine a constructor"),
        ("a: !!timestamp 2001-99-99", "could not determine a constructor"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("[" * 40, "more than 32 levels deep"),
        ("a: \x01", "U+0001"),
        (b"\xff\xfe", "byte 0xff at position 0"),
        (b"#" * (1 << 21), "2097152 bytes"),
    ],
)
def test_refused_with_the_place(content: str | bytes, found: str) -> None:
    with pytest.raises(SpecError) as caught:
        strict_yaml.load(content)
    assert found in caught.value.found
    assert caught.value.wanted.startswith("a YAML file") and caught.value.todo


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("", None),
        (b"\xef\xbb\xbfa: B\xc3\xbcro\n", {"a": "Büro"}),
        ("a: 2020-01-01", {"a": "2020-01-01"}),
        ("a: =", {"a": "="}),
        ("a: &m {p: 1}\nb: *m", {"a": {"p": 1}, "b": {"p": 1}}),
        ("a: &m {p: 1, q: 2}\nb: {<<: *m, q: 3}", {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}}),
    ],
)
def test_taken(content: str | bytes, value: object) -> None:
    assert strict_yaml.load(content) == value
