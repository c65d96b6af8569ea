"""The shape every part of an environment file shares, and the small types its values are made of."""

import ast
import inspect
import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class Asked(BaseModel):
    """A frozen part of the file: unknown keys are refused, and values are taken as YAML means them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """What the text under each key says.

        Read from the source when somebody asks: pydantic would do it at every import, and `up` would wait for it.
        """
        return _meanings(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = handler(schema)
        properties = handler.resolve_ref_schema(shown)["properties"]
        for key, text in cls.meanings().items():
            properties[key]["description"] = text
        return shown


@cache
def _meanings(part: type[Asked]) -> dict[str, str]:
    [definition] = ast.parse(inspect.getsource(part)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 (the source of a class)
    return {
        key.target.id: inspect.cleandoc(str(text.value.value))
        for key, text in pairwise(definition.body)
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


@dataclass(frozen=True)
class Worded:
    """Text that fits a pattern, refused in words: the pattern itself is for editors."""

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.words)
        return text


def _network(text: str) -> str:
    if text in ("0.0.0.0/0", "::/0"):
        raise ValueError("a network; everybody is written as [any]")
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        nearest = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("a network such as 192.168.10.0/24 or fd12:3456::/48, or one address") from None
    raise ValueError(f"a network without host bits: the nearest is {nearest}")


def _networks(entries: tuple[str, ...]) -> tuple[str, ...]:
    if not entries:
        raise ValueError("at least one network: an empty list would let nobody in; everybody is [any]")
    if "any" in entries:
        if len(entries) > 1:
            raise ValueError("either [any] alone, or networks")
        return entries
    return tuple(dict.fromkeys(_network(entry) for entry in entries))


def _url(text: str) -> str:
    try:
        parts, _ = urlsplit(text), urlsplit(text).port
    except ValueError:
        raise ValueError("an http:// or https:// address") from None
    if not text.isprintable() or " " in text or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("an address without user and password: this file and the plan are no place for secrets")
    return text.rstrip("/")


def _mirror(text: str) -> str:
    if text.startswith("/"):
        if not text.isprintable():
            raise ValueError("the path of a folder")
        return text.rstrip("/") or "/"
    return _url(text)


Networks = Annotated[tuple[str, ...], AfterValidator(_networks)]
Url = Annotated[str, AfterValidator(_url)]
Mirror = Annotated[str, AfterValidator(_mirror)]
Name = Annotated[
    str,
    Worded(
        r"[a-z][a-z0-9-]{0,30}",
        "a name of lower-case letters, digits and hyphens, at most 31, a letter first",
    ),
]
