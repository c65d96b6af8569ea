"""The contract of `verify/checks/`, one check a file, and of `verify/probes/`, scripts that run anywhere."""

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

import verify
from plan.plan import Part
from verify.check import Check
from verify.registry import all_checks, modules

ROOM = Path(verify.__file__).parent
PROBES = sorted(path for path in (ROOM / "probes").glob("*.py") if path.stem != "__init__")
OLDEST_PYTHON = (3, 10)  # Ubuntu 22.04


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_file_holds_one_check_of_its_name(module: ModuleType) -> None:
    checks = [value for value in vars(module).values() if isinstance(value, Check)]
    name = module.__name__.rpartition(".")[2]
    assert [check.name for check in checks] == [name]
    check = checks[0]
    assert module.__doc__ and check.text.endswith(".") and check.text[0].isalpha()
    assert check.source and check.timeout_s > 0
    assert set(check.parts) <= set(get_args(Part)) and check.parts


def test_names_are_unique_and_needs_exist() -> None:
    names = [check.name for check in all_checks()]
    assert len(set(names)) == len(names)
    for check in all_checks():
        assert set(check.needs) <= set(names), check.name


def test_checks_of_preflight_disturb_nobody() -> None:
    assert {check.disturbs for check in all_checks() if check.stage in {"preflight", "watch"}} == {"nobody"}


def test_gpu_checks_exist_so_that_a_report_without_gpu_says_so() -> None:
    assert {check.name for check in all_checks() if check.gpu} >= {"gpu_present", "gpu_driver", "torch_cuda"}


@pytest.mark.parametrize("path", PROBES, ids=lambda path: path.stem)
def test_a_probe_runs_on_the_oldest_python_and_imports_nothing_of_ours(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=OLDEST_PYTHON)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= set(sys.stdlib_module_names) | {"torch"}
    assert "typing" not in imported or "Self" not in source
    assert ast.get_docstring(tree) and len(source.splitlines()) <= 150
