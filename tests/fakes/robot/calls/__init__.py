"""The documented calls, one file a part of the reference; the folder's listing is the registry."""

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.fakes.robot.answers import Answer
from tests.fakes.robot.books import Books
from tests.fakes.robot.form import Form

HOUR_S, DAY_S = 3600, 86400
Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Call:
    """limit: how many in interval_s; every kind of call has its own."""

    method: str
    path: str
    limit: int
    interval_s: int
    handler: Handler

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def matches(self, method: str, path: str) -> list[str] | None:
        pattern = re.sub(r"\{\w+\}", "([^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return list(found.groups()) if found else None


CALLS: list[Call] = []


def call(method: str, path: str, limit: int = 500, interval_s: int = HOUR_S) -> Callable[[Handler], Handler]:
    """A handler takes the books, the form, and what stands in the path's braces."""

    def keep(handler: Handler) -> Handler:
        CALLS.append(Call(method, path, limit, interval_s, handler))
        return handler

    return keep


@cache
def every() -> tuple[Call, ...]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    # A fixed word (/boot/1/rescue/last) goes before a brace in the same place.
    return tuple(sorted(CALLS, key=lambda one: one.path.count("{")))


__all__ = ["DAY_S", "HOUR_S", "Books", "Call", "Form", "call", "every"]
