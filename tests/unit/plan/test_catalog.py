"""The catalogue: every row well-formed, sourced, and consistent with the others."""

import re
from typing import get_args

import pytest

from plan import catalog, lock
from plan.catalog import market
from plan.catalog.downloads import ArtifactRow
from plan.catalog.rows import ModelRow, PromptsRow, Row
from plan.driver import System

FILES = {
    file.__name__: file()
    for file in (
        catalog.gpus,
        catalog.boards,
        catalog.xids,
        catalog.models,
        catalog.licences,
        catalog.artifacts,
        catalog.prompts,
        catalog.drivers,
        catalog.pythons,
        catalog.engines,
        market.offers,
        market.cards,
        market.hosted,
        market.seats,
        market.electricity,
        catalog.archives,
        catalog.architectures,
        catalog.systems,
        catalog.driver_packages,
        catalog.driver_repositories,
        catalog.torch_builds,
        catalog.engine_floors,
    )
}
ROWS: list[Row] = [row for rows in FILES.values() for row in rows]

# The table of the document behind this project: tag, billion parameters, GB of VRAM it asks for.
DOCUMENT = [
    ("llama2:7b", 7, 8),
    ("mistral:7b", 7, 8),
    ("dolphin-phi:2.7b", 2.7, 8),
    ("phi:2.7b", 2.7, 8),
    ("neural-chat:7b", 7, 8),
    ("starling-lm:7b", 7, 8),
    ("codellama:7b", 7, 8),
    ("llama2-uncensored:7b", 7, 8),
    ("llama2:13b", 13, 16),
    ("llama2:70b", 70, 64),
    ("orca-mini:3b", 3, 8),
    ("vicuna:7b", 7, 8),
    ("llava:7b", 7, 8),
    ("gemma:2b", 2, 8),
    ("gemma:7b", 7, 8),
]


@pytest.mark.parametrize("kind", FILES)
def test_every_row_names_its_source_and_day(kind: str) -> None:
    for row in FILES[kind]:
        assert row.source
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", row.date)


@pytest.mark.parametrize("rows", [catalog.gpus(), catalog.models(), catalog.engines()])
def test_names_are_unique(rows: tuple[Row, ...]) -> None:
    names = [str(row.model_dump()["name"]).casefold() for row in rows]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("tag", "billions", "_vram"), DOCUMENT)
def test_the_models_of_the_document_are_there(tag: str, billions: float, _vram: int) -> None:
    assert catalog.model(tag).parameters / 1e9 == pytest.approx(billions, rel=0.26)


@pytest.mark.parametrize("row", catalog.models(), ids=lambda row: row.name)
def test_a_model_row_is_plausible(row: ModelRow) -> None:
    assert (row.window > 0) == (row.global_layers is not None)
    assert (row.global_layers or 0) <= row.layers
    bits = row.size * 8 / row.parameters
    assert 4 <= bits <= 9.5, "quantised files have between MXFP4 and Q8_0 bits a weight, with some overhead"
    assert (row.active_parameters or 0) < row.parameters


@pytest.mark.parametrize(
    ("driver_name", "name"),
    [
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "RTX PRO 6000 Blackwell Max-Q"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA A100-SXM4-80GB", "A100 SXM 80 GB"),
        ("Tesla T4", "T4"),
        ("rtx 4090", "RTX 4090"),
    ],
)
def test_a_card_is_found_as_its_driver_names_it(driver_name: str, name: str) -> None:
    assert catalog.gpu(driver_name).name == name


@pytest.mark.parametrize("row", catalog.artifacts(), ids=lambda row: row.model)
def test_an_artifact_belongs_to_a_model_and_engines(row: ArtifactRow) -> None:
    assert catalog.model(row.model).licence == row.artifact.licence
    assert all(catalog.engine(name) for name in row.engines)
    for file in filter(None, (row.artifact, row.template, *row.beside)):
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.url or file.wheel
    assert row.confirmed or len(row.engines) == 1, "what we have not downloaded was tried with no other engine"


OLLAMAS = [row for row in catalog.artifacts() if not row.confirmed and row.engines == ("ollama",)]


@pytest.mark.parametrize("row", OLLAMAS, ids=lambda row: row.model)
def test_a_file_of_ollamas_registry_is_named_by_its_sha256(row: ArtifactRow) -> None:
    name, _, tag = row.model.partition(":")
    assert row.template, "Ollama finds no template of its own that fits"
    files = {f"{name}-{tag}.gguf": row.artifact, f"{name}.template": row.template}
    for file, artifact in files.items():
        assert artifact.file == file
        assert artifact.url == f"https://registry.ollama.ai/v2/library/{name}/blobs/sha256:{artifact.sha256}"
    assert 0.75 < row.artifact.size / catalog.model(row.model).size < 1.25


def test_files_of_one_name_are_one_file() -> None:
    rows = catalog.artifacts()
    files = {(file.file, file.sha256) for row in rows for file in (row.artifact, row.template, *row.beside) if file}
    assert len(files) == len({name for name, _ in files})


@pytest.mark.parametrize("row", catalog.prompts(), ids=lambda row: row.model)
def test_prompts_are_enough_and_bounded_by_what_was_measured(row: PromptsRow) -> None:
    assert len(row.prompts) >= 5
    assert row.runs >= 20
    assert row.measured_score <= len(row.prompts)
    assert row.least_score == max(1, row.measured_score - 2)
    for prompt in row.prompts:
        asked = prompt.ask.lower()
        assert not any(word.lower() in asked for word in prompt.any_of), "an echo of the question must not pass"


def test_locks_exist_and_name_the_pinned_version() -> None:
    packages = {"torch": "torch", "llama_cpp": "xllamacpp", "watch": "pydantic", "vllm": "vllm"}
    packages["llama_cpp_cuda"] = "nvidia-cuda-nvcc"
    for row in catalog.pythons():
        versions = {wheel.version for wheel in lock.wheels(row.lock, "3.11") if wheel.package == packages[row.name]}
        assert versions == {row.version}


def test_engines_agree_with_their_environments_and_archives() -> None:
    for row in catalog.engines():
        if row.python:
            assert catalog.python(row.python).version == row.version
        assert not row.compiler or catalog.archive(row, "cuda")
    for archive in catalog.archives():
        engine, floor = catalog.engine(archive.engine), catalog.engine_floor(archive.engine)
        numbers = [int(part) for part in archive.version.split(".")]
        assert floor and numbers >= [int(part) for part in floor.least_version.split(".")]
        assert archive.version == engine.version or "cpu" not in archive.devices
        if archive.artifact.sdist:
            assert archive.artifact.sdist.replace("==", "-") + ".tar.gz" == archive.artifact.file
            assert archive.artifact.sdist.endswith(f"=={archive.version}") and engine.compiler
            continue
        assert archive.artifact.file.startswith(f"{archive.engine}-{archive.version}-")
        assert archive.artifact.url is None or f"/v{archive.version}/" in archive.artifact.url


def test_drivers_leave_a_branch_with_long_support() -> None:
    assert [row.branch for row in catalog.drivers() if row.kind == "lts" and row.end_of_life > row.date] == [580]


def test_architectures_systems_and_branches_fit_each_other() -> None:
    assert {row.architecture for row in catalog.gpus()} <= {row.name for row in catalog.architectures()}
    assert [row.name for row in catalog.systems()] == list(get_args(System))
    branches = {row.branch for row in catalog.drivers()}
    for row in catalog.driver_packages():
        assert set(row.branches) <= branches
        assert (row.name == "nvidia") == bool(row.pinning)
        assert (row.built == "signed") == any("{kernel}" in name for name in row.open)
        assert len(row.open) == len(row.proprietary)


def test_torch_is_locked_for_a_cuda_it_is_built_for() -> None:
    locked = [row for row in catalog.pythons() if row.name == "torch"]
    builds = {row.cuda: row for row in catalog.torch_builds()}
    assert builds[locked[0].cuda].torch[1] == locked[0].version.rpartition(".")[0]
    for row in locked:
        first, last = (tuple(map(int, version.split("."))) for version in builds[row.cuda].torch)
        assert first <= tuple(map(int, row.version.split(".")))[:2] <= last
        [runtime] = [
            wheel.version
            for wheel in lock.wheels(row.lock, "3.11")
            if wheel.package in {"cuda-toolkit", "nvidia-cuda-runtime-cu12"}
        ]
        assert runtime.startswith(f"{row.cuda}.")


def test_engines_are_newer_than_the_oldest_without_known_holes() -> None:
    for row in catalog.engines():
        floor = catalog.engine_floor(row.name)
        if floor:
            assert [int(part) for part in row.version.split(".")] >= [
                int(part) for part in floor.least_version.split(".")
            ]
    assert {row.name for row in catalog.engine_floors()} == {"ollama", "vllm", "llama_cpp"}
