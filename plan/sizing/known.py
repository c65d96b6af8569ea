"""The catalogue's models as shapes and tensors. Read without pydantic: a size is wanted in a fraction of a second.

The same files are the catalogue's (plan/catalog), whose tests hold them to their rows.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from plan.errors import SpecError
from plan.nearest import listed, nearest
from plan.shown import shown
from plan.sizing.layout import tensors, windowed
from plan.sizing.quantisation import QUANTS
from plan.sizing.shape import Model, Shape

CATALOG = Path(__file__).parents[1] / "catalog"


@cache
def rows(kind: str) -> tuple[Mapping[str, Any], ...]:
    """Of catalog/<kind>.toml, or of the files in that folder."""
    files = sorted((CATALOG / kind).glob("*.toml")) or [CATALOG / f"{kind}.toml"]
    return tuple(row for file in files for row in _rows_in(file))


def _rows_in(file: Path) -> Iterator[Mapping[str, Any]]:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    shared = {key: value for key, value in table.items() if key != "row"}
    return ({**shared, **row} for row in table["row"])


def row_of(name: str) -> Mapping[str, Any]:
    for row in rows("models"):
        if row["name"] == name.casefold():
            return row
    names = [row["name"] for row in rows("models")]
    raise SpecError(
        "a model that the catalogue knows, or the path of a GGUF file or of a folder of safetensors",
        shown(name),
        f"nearest is `{nearest(name, names)}`; all of them: `eigenherd models`",
    )


def shape_of(row: Mapping[str, Any]) -> Shape:
    layers = row["layers"]
    return Shape(
        name=row["name"],
        layout=row["layout"],
        layers=layers,
        hidden=row["hidden"],
        heads=row["heads"],
        kv_heads=(row["kv_heads"],) * layers,
        key_size=row["head_size"],
        value_size=row["head_size"],
        vocabulary=row["vocabulary"],
        context=row["context"],
        window=row.get("window") or 0,
        windowed=windowed(layers, layout_of(row).get("period", 0)),
        experts=row.get("experts") or 0,
        experts_used=row.get("experts_used") or 0,
    )


def layout_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(layout for layout in rows("layouts") if layout["name"] == row["layout"])


def model_of(row: Mapping[str, Any], quant: str | None = None) -> Model:
    """quant: the published one without it. Raises SpecError for one whose mixture is not known."""
    wanted = (quant or row["quant"]).upper()
    if wanted not in QUANTS:
        raise SpecError(
            "--quant: a mixture of llama.cpp's that is known here",
            shown(quant or ""),
            f"nearest is `{nearest(wanted, QUANTS)}`; known are {listed(QUANTS)}",
        )
    shape = shape_of(row)
    published = wanted == row["quant"]
    facts = row if published else {**row, "overrides": {}}
    return Model(shape, tensors(shape, facts, layout_of(row), wanted), wanted, row.get("projector") or 0)
