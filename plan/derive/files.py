"""The files behind a model: the catalogue's, or those the user checked and pinned himself."""

from plan import catalog
from plan.catalog.downloads import ArtifactRow
from plan.catalog.rows import EngineRow
from plan.environment import Environment
from plan.environment.software import ModelFile
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import Artifact
from plan.sizing.known import model_of, row_of

WEIGHTS = ".safetensors"
NEEDED = "config.json"


def files_of(environment: Environment, name: str, engine: EngineRow) -> ArtifactRow | None:
    """With the first file of weights as the artifact, and what lies beside it."""
    pinned = (environment.pin.model_files or {}).get(name, ()) if engine.folders else ()
    if not pinned:
        return catalog.artifact(name, engine.name)
    found = sorted(
        (_artifact(name, file) for file in pinned), key=lambda one: (not one.file.endswith(WEIGHTS), one.file)
    )
    return ArtifactRow(
        model=name,
        engines=(engine.name,),
        artifact=found[0],
        beside=tuple(found[1:]),
        source="pinned",
        date="",
    )


def bytes_of(environment: Environment, name: str, engine: EngineRow) -> int:
    """Of the files that are served; without any, of the tensors of what is published."""
    found = files_of(environment, name, engine)
    if found:
        return found.artifact.size + sum(file.size for file in found.beside)
    model = model_of(row_of(name), "BF16" if engine.folders else None)
    return model.weights + (0 if engine.name == "llama_cpp" else model.projector)


def refuse_files(environment: Environment, engine: EngineRow, ledger: Ledger) -> None:
    """Pinned files that no planned model uses, or that are no whole model."""
    for name, files in (environment.pin.model_files or {}).items():
        key = f"eigenherd:environment, pin.model_files.{name}"
        names = [file.file for file in files]
        if not engine.folders:
            ledger.refuse(SpecError(f"{key}: only where vLLM is the engine", f"engine `{engine.name}`", PIN_VLLM))
        elif name not in environment.models:
            ledger.refuse(SpecError(f"{key}: a model under `models`", f"`{name}`, which is not", "leave the files out"))
        elif len(names) > len(set(names)):
            ledger.refuse(SpecError(f"{key}: every file once", ", ".join(names), "leave the double out"))
        elif NEEDED not in names or not any(file.endswith(WEIGHTS) for file in names):
            todo = "list all of the model's files: its configuration, tokenizer and weights"
            ledger.refuse(SpecError(f"{key}: `{NEEDED}` and files *{WEIGHTS} among them", ", ".join(names), todo))


PIN_VLLM = "add `engine: vllm` to the pin, or leave the files out"


def no_files(name: str, engine: EngineRow) -> PlanError:
    """What to do about a model for which nobody has checked files yet."""
    size = catalog.model(name).size
    able = [row for row in catalog.artifacts() if engine.name in row.engines]
    todo = []
    if engine.folders:
        todo.append(
            f"download its files ({NEEDED}, tokenizer, *{WEIGHTS}), check them, and write file, size, sha256 and url of"
            f" each under pin: {{model_files: {{'{name}': [...]}}}}"
        )
    if able:
        nearest = min(able, key=lambda row: abs(catalog.model(row.model).size - size))
        todo.append(f"the nearest model that has one is `{nearest.model}`")
    return PlanError(
        f"{'files' if engine.folders else 'a file'} for {name} on {engine.name} whose sha256 is known",
        "none in the catalogue",
        "; or: ".join(todo),
    )


def _artifact(model: str, file: ModelFile) -> Artifact:
    """In a folder that is named as the model."""
    folder = model.replace(":", "-")
    return Artifact(file=f"{folder}/{file.file}", size=file.size, sha256=file.sha256, licence="", url=file.url)
