"""Says in words why a file is refused: where, what was wanted, what was found, the nearest valid choice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plan.environment.asked import Asked
from plan.errors import SpecError, together
from plan.nearest import listed, nearest
from plan.shown import plain, short, shown

FILE = "eigenherd:environment"
RESERVED_KEYS = ("chat", "alert", "backup")

_WORDS = {
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "string_type": "text (put it in quotes)",
    "tuple_type": "a list, such as [a, b]",
    "too_short": "at least one entry",
    "too_long": "fewer entries",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
}

MOST_EXPLAINED = 8

Part = TypeVar("Part", bound=Asked)
Where = tuple[int | str, ...]


def refuse_reserved(mapping: Mapping[str, Any]) -> None:
    """What is planned but not there yet gets an answer of its own, before anything else is judged."""
    if not isinstance(mapping, Mapping):
        raise SpecError(f"{FILE}: keys with values", shown(mapping), "write `machine:`, `models:` and `clients:`")
    for key in RESERVED_KEYS:
        if key in mapping:
            raise SpecError(
                f"{FILE}: a key that exists today",
                f"`{key}`",
                f"not yet: leave `{key}` out, it is reserved for later",
            )


def checked(model: type[Part], mapping: Mapping[str, Any]) -> Part:
    """The mapping as a value, or a SpecError about every wrong thing in it."""
    try:
        return model.model_validate_json(json.dumps(mapping, default=str), strict=True)
    except ValidationError as error:
        problems = _root_causes(error.errors(include_url=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecError(f"{FILE}: values as YAML has them", short(str(error)), "begin with an example") from None
    shown = [SpecError(*_explained(model, problem)) for problem in problems[:MOST_EXPLAINED]]
    if left := len(problems) - len(shown):
        shown.append(SpecError(f"{FILE}: all other values right", f"{left} more are wrong", "correct these first"))
    raise together(shown)


def _root_causes(problems: list[ErrorDetails]) -> list[ErrorDetails]:
    """Unknown keys first; a list that is short only because its items were refused is not a cause."""

    def follows(problem: ErrorDetails) -> bool:
        if problem["type"] != "too_short":
            return False
        return sum(other["loc"][: len(problem["loc"])] == problem["loc"] for other in problems) > 1

    causes = [problem for problem in problems if not follows(problem)]
    return sorted(causes, key=lambda problem: problem["type"] != "extra_forbidden")


def _explained(model: type[Asked], problem: ErrorDetails) -> tuple[str, str, str]:
    where, path = problem["loc"], _path(problem["loc"])
    if problem["type"] == "json_invalid":
        return f"{FILE}: text and lists of an ordinary depth", problem["msg"], "remove what is no text, or too deep"
    if problem["type"] == "extra_forbidden":
        return _unknown_key(model, where)
    part = _part_at(model, where[:-1])
    field = part.model_fields.get(str(where[-1])) if part and where else None
    means = (part.meanings().get(str(where[-1])) if part and field else None) or "see `eigenherd explain`"
    if problem["type"] == "missing":
        return f"{FILE}: `{path}`", "nothing", f"add it. {means}"
    if problem["type"] == "value_error":
        wanted = str(problem["ctx"]["error"])
    else:
        wanted = _WORDS.get(problem["type"]) or problem["msg"].removeprefix("Input should be ")
    todo = f"correct `{path}`. {means}" if field else "correct it"
    if problem["type"] == "literal_error":
        todo = f"nearest is `{nearest(str(problem['input']), _choices(problem))}`"
    return f"{FILE}{', ' if path else ''}{path}: {plain(wanted)}", shown(problem["input"]), todo


def _unknown_key(model: type[Asked], where: Where) -> tuple[str, str, str]:
    key, part = str(where[-1]), _part_at(model, where[:-1])
    if key == "secure":
        todo = "write it in plain; keys and tokens do not belong here, the stack makes them"
        return f"{FILE}: values that are not encrypted", f"`{_path(where)}`", todo
    known = list(part.model_fields) if part else []
    close = nearest(key, known, least=0.6)
    elsewhere = [path for path in _all_paths(model) if path.split(".")[-1] == key]
    if close:
        todo = f"did you mean `{_path((*where[:-1], close))}`?"
    elif elsewhere:
        todo = f"did you mean `{elsewhere[0]}`?"
    else:
        todo = f"leave it out; known there: {listed(known)}"
    return f"{FILE}: a known key", f"`{_path(where)}`", todo


def _part_at(model: type[Asked], where: Where) -> type[Asked] | None:
    """The model that holds the keys at a place in the file."""
    part: type[Asked] | None = model
    for step in where:
        if part and isinstance(step, str) and step in part.model_fields:
            part = next(_models_in(part.model_fields[step].annotation), None)
    return part


def _models_in(annotation: Any) -> Iterator[type[Asked]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation  # type: ignore[misc]
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _all_paths(model: type[Asked], before: str = "") -> Iterator[str]:
    for key, field in model.model_fields.items():
        yield f"{before}{key}"
        for inner in _models_in(field.annotation):
            yield from _all_paths(inner, f"{before}{key}.")


def _choices(problem: ErrorDetails) -> list[str]:
    return [word.strip("' ") for word in problem["ctx"]["expected"].replace(" or ", ", ").split(",")]


def _path(where: Where) -> str:
    path = ""
    for step in where:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return short(path)
