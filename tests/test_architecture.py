"""The direction of imports: plan <- stacks, deploy, verify, drill; the witness shares no code with the accused."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "plan": set(),
    "deploy": {"plan"},
    "verify": {"plan"},
    "stacks": {"plan"},
    "drill": {"plan"},
    "tools": {"plan", "deploy", "verify", "stacks"},
    "eigenherd": {"plan", "stacks", "drill", "tools"},
}
HEAVY = {"pulumi", "pyinfra", "paramiko", "httpx", "torch"}


def imports(path: Path) -> set[str]:
    """First names of everything the file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_those_before_it(room: str) -> None:
    rooms = set(MAY_IMPORT) - {room}
    wrong = {
        str(path.relative_to(ROOT)): sorted((imports(path) & rooms) - MAY_IMPORT[room])
        for path in (ROOT / room).rglob("*.py")
        if (imports(path) & rooms) - MAY_IMPORT[room]
    }
    assert not wrong


def test_the_plan_is_pure() -> None:
    assert not {path.name for path in (ROOT / "plan").rglob("*.py") if imports(path) & HEAVY}


def test_files_are_small() -> None:
    limits = dict.fromkeys(MAY_IMPORT, 250) | {"tests": 400}
    wrong = {
        str(path.relative_to(ROOT)): lines
        for room, limit in limits.items()
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > limit
    }
    assert not wrong
