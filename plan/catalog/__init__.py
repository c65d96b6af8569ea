"""Known facts as data files: one TOML file (or folder) a kind, one table a row, each with source and date."""

import re
from functools import cache
from typing import TypeVar

from plan.catalog.downloads import ArchiveRow, ArtifactRow
from plan.catalog.rows import (
    Architecture,
    ArchitectureRow,
    BoardRow,
    DriverLicenceRow,
    DriverPackagesRow,
    DriverRepositoryRow,
    DriverRow,
    EngineFloorRow,
    EngineRow,
    GpuRow,
    LicenceRow,
    ModelRow,
    PromptsRow,
    PythonRow,
    SystemRow,
    TorchBuildRow,
    XidRow,
)
from plan.catalog.tables import rows_of as _rows
from plan.driver import System
from plan.errors import SpecError
from plan.nearest import nearest
from plan.shown import shown

Named = TypeVar("Named", GpuRow, ModelRow, EngineRow)


@cache
def gpus() -> tuple[GpuRow, ...]:
    return _rows("gpus", GpuRow)


@cache
def boards() -> tuple[BoardRow, ...]:
    return _rows("boards", BoardRow)


@cache
def xids() -> tuple[XidRow, ...]:
    return _rows("xids", XidRow)


@cache
def models() -> tuple[ModelRow, ...]:
    return _rows("models", ModelRow)


@cache
def licences() -> tuple[LicenceRow, ...]:
    return _rows("licences", LicenceRow)


@cache
def artifacts() -> tuple[ArtifactRow, ...]:
    return _rows("artifacts", ArtifactRow)


@cache
def archives() -> tuple[ArchiveRow, ...]:
    return _rows("archives", ArchiveRow)


@cache
def prompts() -> tuple[PromptsRow, ...]:
    return _rows("prompts", PromptsRow)


@cache
def drivers() -> tuple[DriverRow, ...]:
    return _rows("drivers", DriverRow)


@cache
def architectures() -> tuple[ArchitectureRow, ...]:
    return _rows("architectures", ArchitectureRow)


@cache
def systems() -> tuple[SystemRow, ...]:
    return _rows("systems", SystemRow)


@cache
def driver_packages() -> tuple[DriverPackagesRow, ...]:
    return _rows("driver_packages", DriverPackagesRow)


@cache
def driver_repositories() -> tuple[DriverRepositoryRow, ...]:
    return _rows("driver_repositories", DriverRepositoryRow)


@cache
def driver_licence() -> tuple[DriverLicenceRow, ...]:
    return _rows("driver_licence", DriverLicenceRow)


@cache
def torch_builds() -> tuple[TorchBuildRow, ...]:
    return _rows("torch_builds", TorchBuildRow)


@cache
def engine_floors() -> tuple[EngineFloorRow, ...]:
    return _rows("engine_floors", EngineFloorRow)


@cache
def pythons() -> tuple[PythonRow, ...]:
    return _rows("pythons", PythonRow)


@cache
def engines() -> tuple[EngineRow, ...]:
    return _rows("engines", EngineRow)


def plain(name: str) -> str:
    """A card's name without the words vendors put around it."""
    words = re.sub(r"\b(nvidia|geforce|tesla|generation|edition)\b", " ", name.casefold())
    return " ".join(words.split())


def gpu(name: str) -> GpuRow:
    """By catalogue name, or as `nvidia-smi` names the card."""
    for row in gpus():
        if plain(name) in map(plain, (row.name, *row.also)):
            return row
    raise _unknown("gpu", name, [row.name for row in gpus()])


def gpu_at(pci_id: str) -> GpuRow:
    """By PCI device id, as `lspci -n` (10de:2684) or sysfs (0x2684) have it."""
    device = pci_id.casefold().removeprefix("10de:").removeprefix("0x")
    for row in gpus():
        if device in row.pci_ids:
            return row
    raise SpecError(
        "an NVIDIA card that the catalogue knows by its PCI device id",
        shown(pci_id),
        "name the card under `gpu`; all known cards: docs/catalog.md",
    )


def architecture(name: Architecture) -> ArchitectureRow:
    return next(row for row in architectures() if row.name == name)


def system(name: System) -> SystemRow:
    return next(row for row in systems() if row.name == name)


def engine_floor(name: str) -> EngineFloorRow | None:
    return next((row for row in engine_floors() if row.name == name), None)


def model(name: str) -> ModelRow:
    for row in models():
        if row.name == name.casefold():
            return row
    raise _unknown("models", name, [row.name for row in models()])


def licence(name: str) -> LicenceRow:
    return next(row for row in licences() if row.name == name)


def engine(name: str) -> EngineRow:
    return next(row for row in engines() if row.name == name)


def python(name: str, version: str | None = None) -> PythonRow:
    """A locked environment by name; without a version, the first in the file."""
    rows = [row for row in pythons() if row.name == name]
    for row in rows:
        if version in (None, row.version):
            return row
    raise _unknown(f"pin.{name}", str(version), [row.version for row in rows])


def artifact(model_name: str, engine_name: str) -> ArtifactRow | None:
    """The file behind a model for an engine, if one with a sha256 is known."""
    for row in artifacts():
        if row.model == model_name and engine_name in row.engines:
            return row
    return None


def archive(row: EngineRow, device: str) -> ArchiveRow | None:
    """The archive of an engine's program for a device, if there is one: each device may have a version of its own."""
    for found in archives():
        if found.engine == row.name and device in found.devices:
            return found
    return None


def prompts_for(model_name: str) -> PromptsRow | None:
    return next((row for row in prompts() if row.model == model_name), None)


def board(gpu_name: str) -> BoardRow | None:
    """What is known of the board of a GPU, by the catalogue's name for it."""
    return next((row for row in boards() if row.name == gpu_name), None)


def _unknown(key: str, name: str, known: list[str]) -> SpecError:
    return SpecError(
        f"eigenherd:environment, {key}: a name the catalogue knows",
        shown(name),
        f"nearest is `{nearest(name, known)}`; all of them: docs/catalog.md",
    )
