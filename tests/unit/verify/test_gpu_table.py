"""The table of docs/gpu-checks.md: every check of a card against faults, healthy cards and missing answers.

docs/gpu-checks.json holds the rows as this test makes them; `pytest --sweep` with this file writes it anew.
"""

import json
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verify.card_cases import CASES
from tests.unit.verify.cases import CHECKS, FILES, asked, read, subject
from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_gateway import FakeGateway
from tests.unit.verify.fake_shell import FakeShell
from verify.check import Finding
from verify.checks.gpu.gpu_fabric import NONE

TABLE = Path(__file__).resolve().parents[3] / "docs" / "gpu-checks.json"
KINDS = {"passed": "healthy", "skipped": "lacking", "failed": "fault", "error": "missing", "unsupported": "missing"}
SILENCES: dict[str, Any] = {
    "empty answers": "",
    "not found": [127, "sh: 1: not found\n"],
    "no permission": [4, "Insufficient Permissions\n"],
    "another language": "Kein Gerät gefunden\n",
}


# What tests/unit/verify/card_cases.py is made of: those checks ask a model, at the fake gateway.
MADE = {"board": "NVIDIA GeForce RTX 4090", "driver": "580.95.05", "origin": "made to the documented format"}
CARD_FILES = [path for path in FILES if "origin" in read(path)]


JUDGED = [check.name for check in CHECKS.values() if check.gpu or check.parts[0] == "torch"]


HEALTHY = [path for path in CARD_FILES if read(path)["outcome"] == "passed"]


def row(finding: Finding, fault: str, origin: dict[str, str]) -> dict[str, str]:
    said = {"outcome": finding.outcome, "said": finding.found or finding.measured}
    return {"kind": KINDS[finding.outcome], "fault": fault, **origin, **said}


def rows(target: MakeTarget) -> dict[str, dict[str, dict[str, str]]]:
    table: dict[str, dict[str, dict[str, str]]] = {}
    for path in CARD_FILES:
        case, check = read(path), CHECKS[path.parent.name]
        origin = {key: case[key] for key in MADE}
        table.setdefault(check.name, {})[path.stem] = row(asked(check, case), case.get("fault", ""), origin)
    for made in CASES:
        with pytest.MonkeyPatch.context() as patch:
            table.setdefault(made.check, {})[made.name] = row(made.asked(target, patch), made.fault, MADE)
    return table


def test_the_table_in_docs_is_what_the_cases_give(
    pytestconfig: pytest.Config, gateway: FakeGateway, target: MakeTarget
) -> None:
    text = json.dumps(rows(target), indent=1, ensure_ascii=False) + "\n"
    if pytestconfig.getoption("--sweep"):
        TABLE.write_text(text, encoding="utf-8")
    how = "python -m pytest --sweep tests/unit/verify/test_gpu_table.py && python -m tools.docs"
    assert TABLE.exists() and TABLE.read_text(encoding="utf-8") == text, f"write it anew: {how}"


@pytest.mark.parametrize("name", JUDGED)
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
