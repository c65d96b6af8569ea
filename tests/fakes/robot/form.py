"""A form body as Robot takes it: `key`, `key[]` for lists, `rules[input][0][name]` for a firewall's rules."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.robot.answers import invalid


class Form:
    def __init__(self, body: str) -> None:
        self.pairs = parse_qsl(body, keep_blank_values=True)

    def get(self, key: str, default: str | None = None) -> str | None:
        return next((value for name, value in self.pairs if name == key), default)

    def need(self, *keys: str) -> list[str]:
        missing = [key for key in keys if not (self.get(key) or self.all(key))]
        if missing:
            raise invalid(missing=missing)
        return [self.get(key) or "" for key in keys]

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.pairs if name in (f"{key}[]", key)]

    def one_of(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.get(key, default)
        if value is None:
            raise invalid(missing=[key])
        if value not in choices:
            raise invalid(wrong=[key])
        return value

    def rules(self, direction: str) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for name, value in self.pairs:
            if match := re.fullmatch(rf"rules\[{direction}\]\[(\d+)\]\[(\w+)\]", name):
                found.setdefault(int(match[1]), {})[match[2]] = value or None
        return [found[index] for index in sorted(found)]
