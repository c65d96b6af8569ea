"""`eigenherd worth` as a person and as a program use it: what is printed, written and refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
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
        (["llama2:13b", "--gpu", "RX 7900 XTX"], "gpu"),
        (["llama2:13b", "--budget", "50", "--rent"], "the cheapest is Hetzner GEX45 at 212.30 EUR a month"),
        (["llama2:13b", "--lang", "fr"], "--lang: one of `en`, `de`"),
        (["llama2:13b", "--kv-cache", "q2"], "q8_0"),
        (["llama2:13b", "--hosted-eu", "x"], "OVHcloud gpt-oss-20b"),
        (["llama2:13b", "--users", "0"], "--users"),
        (["llama2:13b", "--idle-share", "2"], "--idle-share"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, arguments: list[str], said: str) -> None:
    file = tmp_path / "page.html"
    result = worth(*arguments, "--html", str(file))
    assert result.returncode == 2
    assert said in result.stderr and "Traceback" not in result.stderr
    assert not file.exists() and not result.stdout


def test_one_wrong_model_of_several_and_nothing_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = worth("llama2:13b", "lama", "--html", str(file))
    assert result.returncode == 2 and not result.stdout and not file.exists()
