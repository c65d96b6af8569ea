"""A model that comes as a folder of files, as the catalogue has them."""

from typing import Any

import pytest

from plan import catalog
from plan.catalog.downloads import ArtifactRow
from plan.plan import Artifact

FILES = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "config.json", "tokenizer.json")
MODEL = "qwen3:8b"


def row(model: str = MODEL, size: int = 8_000_000_000) -> ArtifactRow:
    """Two files of weights, each of this size, and what belongs to them."""
    sizes = (size, size, 700, 11_000_000)
    files = [
        Artifact(
            file=f"{model.replace(':', '-')}.{name}",
            name=name,
            size=of,
            sha256=f"{number:064x}",
            licence="Apache-2.0",
            url=f"https://models.example.org/{name}",
        )
        for number, (name, of) in enumerate(zip(FILES, sizes, strict=True))
    ]
    return ArtifactRow(
        model=model,
        engines=("vllm",),
        artifact=files[0],
        others=tuple(files[1:]),
        source="a test",
        date="2026-11-25",
        confirmed=False,
    )


def known(patch: pytest.MonkeyPatch, *rows: ArtifactRow) -> None:
    """The catalogue has these rows as well."""
    of_files = catalog.artifacts()
    patch.setattr(catalog, "artifacts", lambda: (*of_files, *rows))


def asked(office: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**office, "models": [MODEL], "gpu": "L40S", "pin": {"engine": "vllm"}, **more}
