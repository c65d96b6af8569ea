"""Where environment files are looked for, also by one that rehearses another."""

from pathlib import Path

import pytest

from plan import stackfile
from plan.errors import SpecError
from stacks import asked

DRILL = "config:\n  eigenherd:environment: {rehearses: %s, machine: {provider: sandbox}, drill: allowed}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
    return tmp_path


def test_the_file_beside_it_is_rehearsed(folder: Path) -> None:
    text = "config:\n  eigenherd:environment: {machine: {provider: sandbox}, models: [a], clients: [anna]}\n"
    (folder / "Pulumi.mine.yaml").write_text(text)
    assert stackfile.read(DRILL % "mine", asked.by).clients[0].name == "anna"


def test_an_example_can_be_rehearsed() -> None:
    assert stackfile.read(DRILL % "sandbox", asked.by).models == ("smollm2:135m",)


def test_an_unknown_one_is_refused_with_those_there_are(folder: Path) -> None:
    (folder / "Pulumi.mine.yaml").write_text("")
    with pytest.raises(SpecError) as caught:
        stackfile.read(DRILL % "yours", asked.by)
    assert caught.value.wanted == f"an environment file {folder}/Pulumi.yours.yaml"
    assert "mine" in caught.value.todo and "ENVIRONMENTS" in caught.value.todo


def test_a_relative_folder_is_meant_from_the_projects_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENTS", "stacks")
    monkeypatch.chdir(tmp_path)  # Pulumi runs the program in `stacks/`, `eigenherd` where the user stands
    assert asked.folder() == asked.STACKS
