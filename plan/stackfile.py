"""Reads the environment out of a Pulumi stack configuration file's text."""

from typing import Any

from plan import catalog, strict_yaml
from plan.environment import Environment, load, rehearsal
from plan.errors import SpecError

KEY = "eigenherd:environment"


def read(content: str | bytes, asked: rehearsal.Asked = rehearsal.alone) -> Environment:
    """The environment that a `Pulumi.<env>.yaml` (or an example) asks for; `asked` finds one that it rehearses."""
    return load(mapping(content), asked)


def mapping(content: str | bytes) -> Any:
    """What stands under `eigenherd:environment` in such a file, as written."""
    file = strict_yaml.load(content)
    config = file.get("config") if isinstance(file, dict) else None
    if not isinstance(config, dict) or KEY not in config:
        raise SpecError(f"`config:` with `{KEY}:` in it", _kind(file), "begin with one of stacks/examples/")
    return config[KEY]


def _kind(file: object) -> str:
    if isinstance(file, dict):
        return f"keys without it ({', '.join(list(file)[:3])})" if file else "nothing in it"
    return "a list" if isinstance(file, list) else "an empty file" if file is None else "one value"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of such a file, for editors; what else Pulumi keeps in it is left alone."""
    environment = Environment.model_json_schema(ref_template="#/$defs/{model}")
    definitions = environment.pop("$defs")
    # Examples, not an enum: editors offer them, and a name the catalogue learns later is still valid.
    cards, models = ["none", *(row.name for row in catalog.gpus())], [row.name for row in catalog.models()]
    environment["properties"]["gpu"]["examples"] = cards
    definitions["AskedMachine"]["properties"]["gpu"]["examples"] = cards
    # A rehearsal has these from the environment it names.
    environment |= {"if": {"required": [rehearsal.KEY]}, "else": {"required": environment.pop("required")}}
    environment["properties"]["models"]["items"]["examples"] = models
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An Eigenherd environment: Pulumi.<name>.yaml",
        "type": "object",
        "required": ["config"],
        "properties": {"config": {"type": "object", "required": [KEY], "properties": {KEY: environment}}},
        "$defs": definitions,
    }
