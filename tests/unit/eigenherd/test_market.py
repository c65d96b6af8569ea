"""What `eigenherd offers` and `eigenherd catalog check` print, and with which exit code."""

import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eigenherd import market as command
from plan.catalog import age, check
from plan.catalog.check import Finding
from plan.errors import SpecError

ON = date(2026, 11, 25)


def console() -> Console:
    return Console(width=220, record=True, file=StringIO())


def test_offers_say_their_day_and_what_is_not_known() -> None:
    printed = console()
    command.show_offers(ON, printed)
    text = printed.export_text()
    gex = next(line for line in text.splitlines() if "GEX45" in line)
    assert "212.30" in gex and "209.00" in gex and "2026-10-08, unconfirmed" in gex
    assert "not known" in next(line for line in text.splitlines() if "pi2.2xlarge.4" in line)
    assert "not to be had any more" in next(line for line in text.splitlines() if "GEX44" in line)
    assert "STALE" in next(line for line in text.splitlines() if "RTX 4090" in line)


def test_the_same_offers_are_stale_two_years_later() -> None:
    printed = console()
    command.show_offers(date(2028, 11, 25), printed)
    assert "STALE: 779 days old" in next(line for line in printed.export_text().splitlines() if "GEX45" in line)


@pytest.mark.parametrize(("found", "code"), [([], 0), ([Finding("Ollama 0.1.0", "has holes", "take a newer")], 1)])
def test_the_exit_code_is_the_verdict(monkeypatch: pytest.MonkeyPatch, found: list[Finding], code: int) -> None:
    monkeypatch.setattr(command, "findings", lambda on: found)
    printed = console()
    assert command.check(ON, printed) == code
    assert (found[0].todo if found else "nothing to mend") in printed.export_text()


def test_it_prints_what_the_catalogue_found() -> None:
    printed = console()
    command.check(ON, printed)
    text = printed.export_text()
    assert all(finding.what in text for finding in check.findings(ON))


def test_a_day_is_a_day() -> None:
    assert age.day("2026-11-25") == ON
    with pytest.raises(SpecError, match="YYYY-MM-DD"):
        age.day("25.11.2026")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["catalog", "check", "--on", "2030-01-01"], 1, "driver branch 580: its support ended by 2028-06"),
        (["offers", "--on", "2026-11-25"], 0, "GEX131"),
        (["offers", "--on", "tomorrow"], 2, "YYYY-MM-DD"),
    ],
)
def test_the_commands(arguments: list[str], code: int, said: str) -> None:
    root = Path(__file__).resolve().parents[3]
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    command = [sys.executable, "-m", "eigenherd", *arguments]
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert result.returncode == code
    assert said in result.stdout + result.stderr and "Traceback" not in result.stderr
