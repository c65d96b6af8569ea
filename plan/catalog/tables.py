"""Reads the catalogue's files: rows of one kind from a TOML file, or from all files of a folder."""

import tomllib
from pathlib import Path
from typing import TypeVar

from plan.catalog.rows import Row

FOLDER = Path(__file__).parent

AnyRow = TypeVar("AnyRow", bound=Row)


def rows_of(name: str, kind: type[AnyRow]) -> tuple[AnyRow, ...]:
    """All rows of <name>.toml, or of the files in the folder <name>; keys above the rows hold for each."""
    rows: list[AnyRow] = []
    for file in sorted((FOLDER / name).glob("*.toml")) or [FOLDER / f"{name}.toml"]:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        shared = {key: value for key, value in table.items() if key != "row"}
        rows += [kind.model_validate({**shared, **row}) for row in table["row"]]
    return tuple(rows)
