"""The users' door, without a machine: what it explains, refuses and finds."""

import subprocess
import sys
from pathlib import Path

import pytest

from eigenherd import announcement, environments
from plan.derive import derive
from plan.environment import load

ROOT = Path(__file__).resolve().parents[3]


def eigenherd(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eigenherd", *arguments]
    environment = {"ENVIRONMENTS": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_explain_gives_a_reason_for_each_choice(tmp_path: Path) -> None:
    result = eigenherd("explain", "sandbox", folder=tmp_path)
    assert result.returncode == 0
    assert "engine: llama_cpp\n    one model and no GPU" in result.stdout
    assert list(tmp_path.iterdir()) == [], "explaining writes nothing"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{machine: {provider: sandbox}, gpu: none, model: [x], clients: [demo]}", "models"),
        ("{machine: {provider: sandbx}, gpu: none, models: ['smollm2:135m'], clients: [demo]}", "sandbox"),
        ("{machine: {provider: sandbox}, gpu: none, models: ['smollm2:125m'], clients: [demo]}", "smollm2:135m"),
        (
            "{machine: {provider: sandbox, memory_gib: 0.5}, gpu: none, models: ['smollm2:135m'], clients: [demo]}",
            "memory",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(tmp_path: Path, asked: str, said: str) -> None:
    file = tmp_path / "Pulumi.wrong.yaml"
    file.write_text(f"config:\n  eigenherd:environment: {asked}\n")
    result = eigenherd("up", "wrong", folder=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr and "->" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_environment_is_named_with_those_there_are(tmp_path: Path) -> None:
    result = eigenherd("up", "sandbix", folder=tmp_path)
    assert result.returncode == 2
    assert "Pulumi.sandbix.yaml" in result.stderr


def test_an_example_is_copied_once_and_then_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
    file = environments.file_of("sandbox")
    assert file == tmp_path / "Pulumi.sandbox.yaml"
    schema = file.read_text().splitlines()[0].partition("$schema=")[2]
    assert (tmp_path / schema).resolve() == environments.SCHEMA, "editors find the schema from the copy too"
    file.write_text("mine")
    assert environments.file_of("sandbox").read_text() == "mine"


def test_only_nvidia_display_controllers_are_gpus(tmp_path: Path) -> None:
    for slot, vendor, kind, device in [
        ("01", "0x10de", "0x030000", "0x2684"),
        ("02", "0x10de", "0x040300", "0x22ba"),
        ("03", "0x8086", "0x030000", "0x4680"),
    ]:
        (tmp_path / slot).mkdir()
        for name, value in (("vendor", vendor), ("class", kind), ("device", device)):
            (tmp_path / slot / name).write_text(f"{value}\n")
    assert announcement.local_gpus(tmp_path) == ["10de:2684"]


def test_an_engine_that_is_compiled_is_announced() -> None:
    machine = {"provider": "existing", "address": "10.0.0.5"}
    asked = {"machine": machine, "models": ["smollm2:135m"], "clients": ["demo"], "pin": {"engine": "llama_cpp"}}
    said = {gpu: "\n".join(announcement.lines(derive(load({**asked, "gpu": gpu}), "any"))) for gpu in ("L4", "none")}
    assert "llama_cpp is compiled on each machine" in said["L4"] and "compiled" not in said["none"]


@pytest.mark.parametrize("sizes", [{}, {"memory_gib": 64}, {"disk_gib": 500}, {"memory_gib": 64, "disk_gib": 500}])
def test_the_announcement_names_the_sizes_that_are_written(sizes: dict[str, int]) -> None:
    machine = {"provider": "existing", "address": "10.0.0.5", **sizes}
    asked = {"machine": machine, "models": ["smollm2:135m"], "clients": ["demo"]}
    (line,) = [line for line in announcement.lines(derive(load(asked), "any")) if "existing" in line]
    assert ("64 GiB memory" in line, "500 GiB disk" in line) == ("memory_gib" in sizes, "disk_gib" in sizes)
