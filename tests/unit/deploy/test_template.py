"""Rendering: strict, and safe for systemd's command lines."""

import pytest
from jinja2 import UndefinedError

from deploy.template import TEMPLATES, destinations, render, unit_word


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="codename"):
        render("/etc/eigenherd/apt.list", {"apt": "http://mirror.example.org/debian"})


def test_the_path_is_the_destination() -> None:
    for destination in destinations():
        assert destination.startswith(("/etc/", "/opt/"))
        assert (TEMPLATES / f"{destination[1:]}.j2").is_file()


@pytest.mark.parametrize(
    ("word", "quoted"),
    [("plain", '"plain"'), ("a b", '"a b"'), ('say "hi"', r'"say \"hi\""'), ("50%", '"50%%"'), ("$HOME", '"$$HOME"')],
)
def test_a_word_of_a_unit_is_taken_literally(word: str, quoted: str) -> None:
    assert unit_word(word) == quoted
