"""Which function answers which request; a function gets the Call and returns (status, body)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.hcloud.books import Books
from tests.fakes.hcloud.control import Control
from tests.fakes.hcloud.errors import invalid
from tests.fakes.hcloud.listing import Query

Answer = tuple[int, dict[str, Any]]


@dataclass
class Call:
    """One request. link: the Link header of its answer, if it is a list."""

    books: Books
    control: Control
    path: str
    ids: dict[str, str]
    query: Query
    body: dict[str, Any]
    link: str = ""

    def need(self, key: str, kind: type | tuple[type, ...] = str) -> Any:
        """A value the body must have."""
        if key not in self.body or self.body[key] is None:
            raise invalid(key, "is required")
        return self.maybe(key, None, kind)

    def maybe(self, key: str, default: Any, kind: type | tuple[type, ...] = str) -> Any:
        value = self.body.get(key)
        if value is None:
            return default
        wrong_bool = isinstance(value, bool) and kind is int
        if not isinstance(value, kind) or wrong_bool:
            raise invalid(key, "has the wrong type")
        return value


Function = Callable[[Call], Answer]
_ROUTES: list[tuple[str, re.Pattern[str], Function]] = []


def route(method: str, path: str) -> Callable[[Function], Function]:
    """`{name}` in the path is a number, found in `Call.ids`."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", path))

    def add(function: Function) -> Function:
        _ROUTES.append((method, pattern, function))
        return function

    return add


def find(method: str, path: str) -> tuple[Function, dict[str, str]] | None:
    for known, pattern, function in _ROUTES:
        if known == method and (found := pattern.fullmatch(path)):
            return function, found.groupdict()
    return None
