"""Files as they will be on the host: the path under `templates/` is the destination, plus `.j2`."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


@cache
def environment() -> Environment:
    """Strict: a value that was not given is an error, not an empty string."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (configuration files, not HTML)
    )
    made.filters["unit_word"] = unit_word
    return made


def render(destination: str, values: dict[str, Any]) -> str:
    """The text of the file that belongs at `destination`."""
    return environment().get_template(f"{destination.lstrip('/')}.j2").render(values)


def static(destination: str) -> str:
    """The file that belongs at `destination` and is no template: a program."""
    return (TEMPLATES / destination.lstrip("/")).read_text(encoding="utf-8")


def destinations() -> list[str]:
    """Where every template belongs."""
    found = sorted(TEMPLATES.rglob("*.j2"))
    return [f"/{path.relative_to(TEMPLATES).as_posix().removesuffix('.j2')}" for path in found]


def unit_word(word: str) -> str:
    """One word of a systemd command line: quoted, with no specifier or variable left to expand."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
