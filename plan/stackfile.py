"""Reads the environment out of a Pulumi stack configuration file's text."""

from typing import Any

import yaml

from plan import catalog
from plan.environment import Environment, load, rehearsal
from plan.errors import SpecError

KEY = "eigenherd:environment"


def read(text: str, asked: rehearsal.Asked = rehearsal.alone) -> Environment:
    """The environment that a `Pulumi.<env>.yaml` (or an example) asks for; `asked` finds one that it rehearses."""
    return load(mapping(text), asked)


def mapping(text: str) -> Any:
    """What stands under `eigenherd:environment` in such a file, as written."""
    try:
        file: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = str(getattr(error, "problem_mark", "")).strip()
        raise SpecError("a YAML file", f"a syntax error {place}", "correct the line") from None
    config = file.get("config") if isinstance(file, dict) else None
    if not isinstance(config, dict) or KEY not in config:
        raise SpecError(f"`config:` with `{KEY}:` in it", "none", "begin with one of stacks/examples/")
    return config[KEY]


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
