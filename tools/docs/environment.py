"""The environment file: its JSON Schema for editors, and the same as a page for people."""

import json
from typing import Any

from plan import stackfile
from tools.docs.markdown import document, table

Schema = dict[str, Any]


def schema() -> str:
    return json.dumps(stackfile.json_schema(), indent=2) + "\n"


def page() -> str:
    whole = stackfile.json_schema()
    top = whole["properties"]["config"]["properties"][stackfile.KEY]
    parts: dict[str, Schema] = whole["$defs"]
    blocks = [f"Everything below `{stackfile.KEY}:`. A key that is not listed is refused.", keys(top, parts)]
    for part in parts.values():
        if part.get("type") == "object":
            blocks += [f"## {heading(part['title'])}", part.get("description", ""), keys(part, parts)]
    return document("The environment file", *blocks)


def keys(part: Schema, parts: dict[str, Schema]) -> str:
    required = part.get("required") or part.get("else", {}).get("required", [])
    rows = (
        (f"`{key}`", kind(value), default(value, key in required), description(value, parts))
        for key, value in part["properties"].items()
    )
    return table(("key", "value", "default", "what it is"), rows)


def description(value: Schema, parts: dict[str, Schema]) -> str:
    """The key's own, else that of the part it holds."""
    part = parts.get(value.get("$ref", "").rpartition("/")[2], {})
    return str(value.get("description") or part.get("description", ""))


def kind(value: Schema) -> str:
    """The values a key takes, in words."""
    if "$ref" in value:
        name = heading(value["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(kind(choice) for choice in value["anyOf"] if choice.get("type") != "null")
    if "enum" in value or "const" in value:
        return ", ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {kind(value.get('items', {}))}"
    if value.get("type") == "object":
        if "properties" in value:
            return "{" + ", ".join(value["properties"]) + "}"
        return f"names, and for each: {kind(next(iter(value['patternProperties'].values())))}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true, false"}
    limits = [
        f"{word} {value[key]}"
        for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"))
        if key in value
    ]
    return " ".join([words.get(value.get("type", ""), "text"), *limits])


def default(value: Schema, required: bool) -> str:
    if required:
        return "required"
    if value.get("default") in (None, {}):
        return ""
    return f"`{json.dumps(value['default'])}`" if not isinstance(value["default"], dict) else ""


def heading(title: str) -> str:
    return title.removeprefix("Asked")
