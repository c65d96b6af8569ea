"""Labels and the selectors that find them: `k`, `!k`, `k=v`, `k==v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`."""

import re
from collections.abc import Mapping

from tests.fakes.hcloud.errors import invalid

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_PREFIX = r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?"
_KEY = f"{_PREFIX}{_WORD}"
_TERM = re.compile(
    rf"(?P<not>!)?(?P<key>{_KEY})(?:\s*(?P<op>==|=|!=)\s*(?P<value>(?:{_WORD})?)|"
    rf"\s+(?P<set>in|notin)\s+\((?P<values>[^()]*)\))?"
)


def checked(labels: object) -> dict[str, str]:
    if not isinstance(labels, dict):
        raise invalid("labels", "must be an object")
    for key, value in labels.items():
        if not re.fullmatch(_KEY, key) or not isinstance(value, str) or not re.fullmatch(f"(?:{_WORD})?", value):
            raise invalid("labels", f"invalid label {key}={value}")
    return dict(labels)


def selects(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether all terms hold; a selector that is none is refused as invalid input."""
    return all([_holds(term.strip(), labels) for term in re.split(r",(?![^()]*\))", selector)])  # each is checked


def _holds(term: str, labels: Mapping[str, str]) -> bool:
    found = _TERM.fullmatch(term)
    if not found or (found["not"] and (found["op"] or found["set"])):
        raise invalid("label_selector", f"invalid term '{term}'")
    key, value = found["key"], labels.get(found["key"])
    if found["op"]:
        return (value == found["value"]) is (found["op"] != "!=")
    if found["set"]:
        values = [one.strip() for one in found["values"].split(",")]
        return (value in values) is (found["set"] == "in")
    return (key in labels) is not bool(found["not"])
