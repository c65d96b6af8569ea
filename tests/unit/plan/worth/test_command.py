"""`eigenherd worth` as a person and as a program use it: what is printed, written and refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eigenherd.__main__ import app
from plan.errors import EigenherdError

ROOT = Path(__file__).resolve().parents[4]
DAY = ("--on", "2026-11-25")


def worth(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eigenherd", "worth", *arguments, *DAY]
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_it_prints_the_verdict_every_way_and_every_assumption() -> None:
    result = worth("gpt-oss:120b", "--users", "40", "--seats", "40", "--seat-eur", "29")
    assert result.returncode == 0, result.stderr
    for words in ("Worth it against seats", "US hosting", "EU hosting", "41,760", "STALE", "--eur-kwh", "--hosted-us"):
        assert words in result.stdout


def test_a_program_gets_json_with_null_for_never() -> None:
    result = worth("llama2:13b", "smollm2:135m", "--rent", "--json")
    assert result.returncode == 0, result.stderr
    first, second = json.loads(result.stdout)
    assert (first["model"], second["model"]) == ("llama2:13b", "smollm2:135m")
    assert first["verdict"] == "privacy" and "privacy" in first["says"]
    assert first["machine"]["name"] == "Hetzner GEX45" and first["machine"]["date"] == "2026-10-08"
    assert sum(first["cost"].values()) == pytest.approx(first["total_eur"], abs=0.05)
    [us] = [one for one in first["comparisons"] if one["against"] == "hosted_us"]
    assert us["even_tokens_day"] is None and us["even_users"] is None
    assert {line["option"] for line in first["assumptions"]} >= {"--months", "--eur-hour", "--seats"}


def test_the_page_is_written_in_german(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = worth("llama2:13b", "--html", str(file), "--lang", "de")
    assert result.returncode == 0, result.stderr
    assert "Lohnt es sich?" in file.read_text(encoding="utf-8") and "Lohnt es" not in result.stderr
    assert str(file) in result.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["llama2:14b"], "llama2:13b"),
        (["llama2:13b", "--gpu", "RX 7900 XTX"], "a card of another maker"),
        (["llama2:70b", "--gpu", "RTX 3060", "--users", "200"], "nearest is"),
        (["llama2:13b", "--context", "99999"], "--context: at most 4096"),
        (["llama2:13b", "--country", "CH"], "--country: `DE`"),
        (["llama2:13b", "--budget", "50", "--rent"], "the cheapest is Hetzner GEX45 at 212.30 EUR a month"),
        (["llama2:13b", "--lang", "fr"], "--lang: `en`, `de`"),
        (["llama2:13b", "--kv-cache", "q2"], "q8_0"),
        (["llama2:13b", "--hosted-eu", "x"], "OVHcloud gpt-oss-20b"),
        (["llama2:13b", "--users", "0"], "--users"),
        (["llama2:13b", "--idle-share", "2"], "--idle-share"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, arguments: list[str], said: str) -> None:
    file = tmp_path / "page.html"
    found = CliRunner().invoke(app, ["worth", *arguments, *DAY, "--html", str(file)])
    words = found.output if found.exit_code == 2 else str(found.exception)
    assert found.exit_code == 2 or isinstance(found.exception, EigenherdError)
    assert said in words.replace("\n", " ")
    assert not file.exists() and "EUR," not in found.output


def test_a_refusal_is_exit_code_2_without_a_traceback(tmp_path: Path) -> None:
    """And one wrong model of several is enough for nothing to be shown or written."""
    file = tmp_path / "page.html"
    result = worth("llama2:13b", "lama", "--html", str(file))
    assert result.returncode == 2 and not result.stdout and not file.exists()
    assert "->" in result.stderr and "Traceback" not in result.stderr


def test_size_writes_the_same_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    command = [sys.executable, "-m", "plan", "size", "gemma3:12b", "--users", "4", "--html", str(file), "--lang", "de"]
    result = subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert f"written: {file}" in result.stdout
    text = file.read_text(encoding="utf-8")
    assert "Lohnt es sich?" in text and "gemma3:12b" in text and text.count("<svg") == 2
