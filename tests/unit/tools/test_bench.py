"""The benchmark measures only a stack that is settled."""

from pathlib import Path

import pytest

from tools import bench


def test_a_settled_stack_is_measured() -> None:
    bench.unchanged("Resources:\n    12 unchanged\n\nDuration: 1s\n")


@pytest.mark.parametrize("change", ["    ~ 1 updated", "    + 2 created", "    +-1 replaced"])
def test_one_that_still_changes_is_not(change: str) -> None:
    with pytest.raises(bench.BenchError, match="make up"):
        bench.unchanged(f"Resources:\n{change}\n    11 unchanged\n")


def test_the_environments_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENTS", "/srv/environments")
    assert bench.config_file("office") == ["--config-file", "/srv/environments/Pulumi.office.yaml"]


def test_a_command_that_fails_is_shown(tmp_path: Path) -> None:
    with pytest.raises(bench.BenchError, match="no such stack"):
        bench.run(["sh", "-c", "echo no such stack >&2; exit 1"], tmp_path, {})
