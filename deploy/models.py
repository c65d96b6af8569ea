"""The model files: in their folder with the planned sha256 before an engine starts, and no others of ours."""

from pathlib import Path

from pyinfra.api.deploy import deploy

from deploy import fetch
from deploy.operations import artifacts, files
from plan.machine import Handover, Machine
from plan.plan import Artifact, Model

FOLDER = "/var/lib/eigenherd/models"


@deploy("Models")
def place_models(handover: Handover, machine: Machine) -> None:
    """Engines read the folder and cannot write it; what is fetched is checked before it appears there."""
    plan = handover.plan
    install_fetch()
    files.folder(name="The models' folder", path=FOLDER)
    artifacts.only(
        name="No models that are not planned",
        folder=FOLDER,
        files=[file.file for model in plan.models for file in model.files],
    )
    for model in plan.models:
        if model.beside:
            files.folder(name=f"Folder of model {model.name}", path=model_folder(model))
        for file in model.files:
            artifacts.held(
                name=title(model, file),
                artifact=file,
                folder=FOLDER,
                kind="models",
                sources=plan.sources,
                pip=f"/opt/eigenherd/{plan.torch.name}/bin/pip",
            )


def title(model: Model, file: Artifact) -> str:
    if file == model.template:
        return f"Chat template of {model.name}"
    return f"Model {model.name}" + (f", {file.file}" if model.beside else "")


def install_fetch() -> None:
    """The program that fetches, as it is here, for whatever Python the host has."""
    program = "#!/usr/bin/python3\n" + Path(fetch.__file__).read_text(encoding="utf-8")
    files.write(name="The program fetch", text=program, destination=artifacts.FETCH, mode="755")


def model_folder(model: Model) -> str:
    """Where the files of a model lie that is more than one."""
    return model_path(model.artifact.file.rpartition("/")[0])


def model_path(file: str) -> str:
    return f"{FOLDER}/{file}"
