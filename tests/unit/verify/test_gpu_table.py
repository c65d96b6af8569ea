"""The table of docs/gpu-checks.md: every check of a card against faults, healthy cards and missing answers.

docs/gpu-checks.json holds the rows as this test makes them; `pytest --sweep` with this file writes it anew.
"""

import ast
import json
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verify.cases import CHECKS, FILES, asked, read, subject
from tests.unit.verify.fake_shell import FakeShell
from verify.checks.gpu.gpu_fabric import NONE
from verify.registry import modules

TABLE = Path(__file__).resolve().parents[3] / "docs" / "gpu-checks.json"
KINDS = {"passed": "healthy", "skipped": "lacking", "failed": "fault", "error": "missing", "unsupported": "missing"}
SILENCES: dict[str, Any] = {
    "empty answers": "",
    "not found": [127, "sh: 1: not found\n"],
    "no permission": [4, "Insufficient Permissions\n"],
    "another language": "Kein Gerät gefunden\n",
}


# Asks a model first, so its faults are injected where there is a gateway: test_gateway_checks.py.
ELSEWHERE = {"gpu_used"}
CARD_FILES = [path for path in FILES if "origin" in read(path)]


def judged_here() -> list[str]:
    """The checks of a card that need no torch: what torch measures has its faults injected in its probes' tests."""
    found = []
    for module in modules():
        name, tree = module.__name__.rpartition(".")[2], ast.parse(Path(module.__file__ or "").read_text("utf-8"))
        froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        of_cards = ".gpu." in module.__name__ or ".preflight." in module.__name__
        if CHECKS[name].gpu and of_cards and name not in ELSEWHERE and not any("torch" in path for path in froms):
            found.append(name)
    return found


HEALTHY = [path for path in CARD_FILES if read(path)["outcome"] == "passed"]


def rows() -> dict[str, dict[str, dict[str, str]]]:
    table: dict[str, dict[str, dict[str, str]]] = {}
    for path in CARD_FILES:
        case, check = read(path), CHECKS[path.parent.name]
        finding = asked(check, case)
        table.setdefault(check.name, {})[path.stem] = {
            "kind": KINDS[finding.outcome],
            "fault": case.get("fault", ""),
            "board": case["board"],
            "driver": case["driver"],
            "origin": case["origin"],
            "outcome": finding.outcome,
            "said": finding.found or finding.measured,
        }
    return table


def test_the_table_in_docs_is_what_the_cases_give(pytestconfig: pytest.Config) -> None:
    text = json.dumps(rows(), indent=1, ensure_ascii=False) + "\n"
    if pytestconfig.getoption("--sweep"):
        TABLE.write_text(text, encoding="utf-8")
    how = "python -m pytest --sweep tests/unit/verify/test_gpu_table.py && python -m tools.docs"
    assert TABLE.exists() and TABLE.read_text(encoding="utf-8") == text, f"write it anew: {how}"


@pytest.mark.parametrize("name", judged_here())
def test_every_check_of_a_card_has_a_fault_a_healthy_case_and_a_missing_answer(name: str) -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8")).get(name, {})
    assert {row["kind"] for row in table.values()} >= {"fault", "healthy", "missing"}
    assert all(row["fault"] for row in table.values() if row["kind"] in {"fault", "missing"})


def test_the_cases_are_of_many_boards_and_branches() -> None:
    cases = [read(path) for path in CARD_FILES]
    assert len({case["board"] for case in cases}) >= 8
    assert len({case["driver"].split(".")[0] for case in cases}) >= 4
    assert all(case["origin"].startswith(("made to the documented format", "public recording: ")) for case in cases)


@pytest.mark.parametrize("silence", SILENCES)
@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_answer_never_passes(path: Path, silence: str) -> None:
    case = read(path)
    case["answers"] = dict.fromkeys(case["answers"], SILENCES[silence])
    case["probes"] = {name: {} for name in case.get("probes", {})}
    assert asked(CHECKS[path.parent.name], case).outcome in {"failed", "error", "unsupported"}


def tells(path: Path) -> bool:
    """Whether a case has values that cards tell: these three ask only which cards there are, and one nothing."""
    case = read(path)
    only_which = path.parent.name in {"gpu_present", "gpu_nvlink", "gpu_nodes", "gpu_environment"}
    return "gpu_sampler" in case.get("probes", {}) or (
        isinstance(case["answers"].get("query-gpu"), str) and not only_which
    )


def lost(case: dict[str, Any], value: str) -> dict[str, Any]:
    """The case with every value but index and name lost."""
    query, named = case["answers"].get("query-gpu"), ("index", "name", "pci.bus_id")
    if isinstance(query, str):
        lines = [line.split(", ") for line in query.splitlines()]
        kept = 2 if lines[0][0] == "0" and len(lines[0]) > 2 else 0
        case["answers"]["query-gpu"] = "".join(
            ", ".join([*line[:kept], *[value] * len(line[kept:])]) + "\n" for line in lines
        )
    sampler = case.get("probes", {}).get("gpu_sampler", {"samples": [], "before": {}, "after": {}})
    for card in [*chain(*sampler["samples"]), *sampler["before"].values(), *sampler["after"].values()]:
        card.update({field: value for field in card if field not in named})
    return case


@pytest.mark.parametrize("value", ["[N/A]", "[Not Supported]", "[Unknown Error]", "N/A", ""])
@pytest.mark.parametrize(
    "path", [path for path in HEALTHY if tells(path)], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_cards_that_tell_nothing_never_pass(path: Path, value: str) -> None:
    """A check may skip what the board is known not to have; a card without a fabric is right to tell none."""
    outcome = asked(CHECKS[path.parent.name], lost(read(path), value)).outcome
    right = path.parent.name == "gpu_fabric" and value in NONE
    assert outcome in ({"passed"} if right else {"failed", "error", "unsupported", "skipped"})


@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_its_commands_are_what_a_shell_can_read(path: Path) -> None:
    target = subject(read(path))
    CHECKS[path.parent.name].run(target)
    assert isinstance(target.host, FakeShell)
    for command in target.host.commands:
        assert subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True).stderr == ""
