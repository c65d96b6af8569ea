"""Who may be drilled: only what is marked, and only what we can make anew; refused before anything is looked at."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drill import permission
from eigenherd.drill import rebuilders
from plan.derive import derive
from plan.environment import load
from plan.errors import PlanError, SpecError

ROOT = Path(__file__).resolve().parents[3]
SANDBOX: dict[str, Any] = {"machine": {"provider": "sandbox"}, "models": ["smollm2:135m"], "clients": ["demo"]}
OFFICE: dict[str, Any] = {**SANDBOX, "machine": {"provider": "existing", "address": "192.168.10.20"}}


def test_a_marked_sandbox_may_be_drilled() -> None:
    permission.refuse("x", "Pulumi.x.yaml", load({**SANDBOX, "drill": "allowed"}), rebuilders())


def test_what_is_not_marked_is_refused_with_what_to_write() -> None:
    with pytest.raises(SpecError) as caught:
        permission.refuse("office", "Pulumi.office.yaml", load(SANDBOX), rebuilders())
    assert caught.value.wanted == "`drill: allowed` in Pulumi.office.yaml"
    assert "rehearses: office" in caught.value.todo


def test_a_machine_that_was_there_before_us_is_not_ours_to_rebuild() -> None:
    with pytest.raises(PlanError) as caught:
        permission.refuse("office", "Pulumi.office.yaml", load({**OFFICE, "drill": "allowed"}), rebuilders())
    assert "machine main" in caught.value.wanted and "was there before us" in caught.value.found
    assert "rehearses: office" in caught.value.todo


def test_the_sandbox_can_rebuild_and_existing_cannot() -> None:
    assert "sandbox" in rebuilders() and "existing" not in rebuilders()


@pytest.mark.parametrize("mark", [True, "yes", "forbidden", {"every": "week"}])
def test_another_mark_is_no_mark(mark: object) -> None:
    with pytest.raises(SpecError) as caught:
        load({**SANDBOX, "drill": mark})
    assert "drill" in str(caught.value)


def test_the_command_refuses_and_touches_nothing(tmp_path: Path) -> None:
    asked = "{machine: {provider: sandbox}, models: ['smollm2:135m'], clients: [demo]}"
    (tmp_path / "Pulumi.mine.yaml").write_text(f"config:\n  eigenherd:environment: {asked}\n")
    command = [sys.executable, "-m", "eigenherd", "drill", "mine"]
    variables = {"ENVIRONMENTS": str(tmp_path), "PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "drill: allowed" in done.stderr and "->" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.mine.yaml"]


@pytest.mark.parametrize("name", ["drills", "state"])
def test_a_stack_whose_end_would_take_the_history_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="no folder of ours"):
        derive(load(SANDBOX), name)


def test_a_history_of_none_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "eigenherd", "drill", "never-drilled", "--history"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "never-drilled: no drill yet\n"
