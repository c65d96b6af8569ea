"""Holds what the program asked for against pulumi-hcloud's own argument classes: names, types, what is required."""

import collections.abc
import importlib
import inspect
import typing
from typing import Any

import pulumi
import pulumi_hcloud

SECRET = "4dabf18193072939515e22adb298388d"  # how Pulumi marks such a value on the wire


def wrong(type_token: str, inputs: dict[str, Any]) -> list[str]:
    """What the real provider's classes would not take; empty is well. type_token: as hcloud:index/server:Server."""
    module, _, name = type_token.rpartition("/")[2].partition(":")
    return _object(_arguments(module, name), inputs, name)


def _arguments(module: str, name: str) -> type:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in module)
    found: type = getattr(importlib.import_module(f"pulumi_hcloud.{snake}"), f"{name}Args")
    return found


def _object(arguments: type, given: dict[str, Any], where: str) -> list[str]:
    names = pulumi._types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters
    known = {names[python]: parameter for python, parameter in parameters.items() if python in names}
    problems = [f"{where}: no argument `{key}`" for key in given if key not in known]
    problems += [
        f"{where}: `{key}` is required"
        for key, parameter in known.items()
        if parameter.default is inspect.Parameter.empty and given.get(key) is None
    ]
    for key, value in given.items():
        if key in known:
            bare = value["value"] if isinstance(value, dict) and SECRET in value else value
            problems += _value(_hint(known[key].annotation), bare, f"{where}.{key}")
    return problems


def _hint(annotation: Any) -> Any:
    return typing.ForwardRef(annotation) if isinstance(annotation, str) else annotation


def _value(hint: Any, value: Any, where: str) -> list[str]:
    if isinstance(hint, typing.ForwardRef):
        hint = eval(hint.__forward_arg__, vars(pulumi_hcloud) | {"pulumi": pulumi})  # noqa: S307 (a class's name)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        # An Input is a value, or something that becomes one; what came over the wire is a value.
        fits = [one for one in inner if typing.get_origin(one) is not collections.abc.Awaitable and not _later(one)]
        return min((_value(one, value, where) for one in fits if one is not type(None) or value is None), key=len)
    if origin in (list, collections.abc.Sequence):
        if not isinstance(value, list):
            return [f"{where}: a list, not {value!r}"]
        return [problem for number, one in enumerate(value) for problem in _value(inner[0], one, f"{where}[{number}]")]
    if origin in (dict, collections.abc.Mapping):
        if not isinstance(value, dict):
            return [f"{where}: keys with values, not {value!r}"]
        return [problem for key, one in value.items() for problem in _value(inner[1], one, f"{where}.{key}")]
    if isinstance(hint, type) and hint.__name__.endswith("Args"):
        return _object(hint, value, where) if isinstance(value, dict) else [f"{where}: keys with values"]
    return [] if _is(hint, value) else [f"{where}: {getattr(hint, '__name__', hint)}, not {value!r}"]


def _later(hint: Any) -> bool:
    return isinstance(hint, typing.ForwardRef) and hint.__forward_arg__.startswith("Output")


def _is(kind: Any, value: Any) -> bool:
    """Numbers come over the wire as floats."""
    if kind is type(None):
        return value is None
    if kind is int:
        return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    return kind in (str, bool) and isinstance(value, kind)
