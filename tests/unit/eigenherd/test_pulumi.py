"""How the Pulumi CLI is asked: a state that a kill left unreadable is mended once, other troubles are explained."""

import subprocess
from pathlib import Path

import pytest

from eigenherd import pulumi
from plan.errors import ProviderError


@pytest.fixture
def attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty file beside a stack's state, which the CLI answers with EOF as long as it is there."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    path = tmp_path / ".pulumi/stacks/eigenherd/office.json.attrs"
    path.parent.mkdir(parents=True)
    path.touch()
    (path.parent / "office.json").write_text("{}")

    def answer(command: list[str]) -> subprocess.CompletedProcess[str]:
        if path.exists():
            return subprocess.CompletedProcess(command, 255, "", "error: EOF\n")
        return subprocess.CompletedProcess(command, 0, "[]", "")

    monkeypatch.setattr(pulumi, "_read", answer)
    return path


def test_an_empty_file_beside_the_state_is_removed(attributes: Path) -> None:
    assert pulumi.read("stack", "ls") == "[]"
    assert not attributes.exists() and (attributes.parent / "office.json").exists()


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("error: get stack secrets manager: incorrect passphrase", "the one the stack was made with"),
        ("error: unexpected end of JSON input", ".json.bak"),
        ("error: no such thing", "make setup"),
    ],
)
def test_a_trouble_is_explained(monkeypatch: pytest.MonkeyPatch, said: str, todo: str) -> None:
    failed = subprocess.CompletedProcess(["pulumi"], 255, "", said)
    monkeypatch.setattr(pulumi, "_read", lambda _command: failed)
    with pytest.raises(ProviderError, match=todo):
        pulumi.read("stack", "ls")
