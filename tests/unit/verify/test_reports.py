"""The forms of a report, and what is kept of them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.verify.fake_stack import KEYS, handover
from verify.check import Result
from verify.gateway import Sample
from verify.report import Report, StageTime
from verify.reports import archive, terminal
from verify.reports.figures import bars, latencies, scale
from verify.reports.html import html
from verify.reports.junit import junit


def result(check: str = "tls", **changes: object) -> Result:
    facts: dict[str, object] = {
        "check": check,
        "text": "It holds.",
        "machine": "one",
        "stage": "watch",
        "parts": ("gateway",),
        "severity": "critical",
        "bound_source": "RFC 8996",
        "duration_s": 0.1,
        "at": "2026-01-02T03:04:05+00:00",
        "outcome": "passed",
        "measured": "TLSv1.3",
        "bound": "TLS 1.2",
    }
    return Result.model_validate(facts | changes)


FAILED = {"outcome": "failed", "wanted": "401", "found": "200 <b>&\x00", "todo": "close it"}


def report(*results: Result, started: str = "2026-01-02T03:04:05+00:00", **changes: object) -> Report:
    given = handover()
    facts: dict[str, object] = {
        "plan": given.plan,
        "machines": given.machines,
        "url": given.url,
        "stage": "full",
        "parts": (),
        "started": started,
        "duration_s": 12.3,
        "results": results or (result(), result("auth", **FAILED), result("gpu", outcome="skipped", measured="no GPU")),
        "samples": (),
    }
    return Report.model_validate(facts | changes)


def test_html_needs_nothing_else_and_escapes() -> None:
    page = html(report(samples=(Sample("tiny:1m", 1, 0.1, 0.5, 16), Sample("tiny:1m", 4, 0.3, 0.9, 16))))
    assert "paper does not work" in page and "CPU only: no GPU in the plan" in page
    assert "200 &lt;b&gt;&amp;" in page and "<b>&\x00" not in page
    assert "What to mend" in page and "4 users at once" in page
    assert not any(word in page for word in ("<script", "<link", "url(", "src=", "@import"))
    assert "cold_load" in page  # what this stage leaves out is said


def test_html_of_a_good_report_has_nothing_to_mend() -> None:
    page = html(report(result()))
    assert "paper works" in page and "What to mend" not in page


def test_junit_counts_and_severities() -> None:
    warning = result("clock", severity="warning", **FAILED)
    untold = result("disk", outcome="error", wanted="a", found="b", todo="c")
    root = ElementTree.fromstring(junit(report(result(), result("auth", **FAILED), warning, untold)))  # noqa: S314
    suite = root.find("testsuite")
    assert suite is not None
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "0",
    }
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.text == "close it" and "\ufffd" in str(failure.get("message"))


def test_archive_keeps_the_latest_under_report_and_prunes(tmp_path: Path) -> None:
    for minute in range(25):
        place = archive.write(report(started=f"2026-01-02T03:{minute:02}:00+00:00"), tmp_path)
    assert place == tmp_path / "report"
    assert place.resolve().name == "20260102T032400Z-full"
    assert len(list((tmp_path / "reports").iterdir())) == archive.KEPT
    facts = json.loads((place / "report.json").read_text())
    assert facts["verdict"] == "failed" and facts["results"][1]["check"] == "auth"
    assert (place / "junit.xml").exists() and (place / "report.html").exists()
    assert not any(key in path.read_text() for path in place.iterdir() for key in KEYS.values())


def test_preflight_is_not_the_latest(tmp_path: Path) -> None:
    archive.write(report(), tmp_path)
    place = archive.write(report(stage="preflight", started="2026-01-02T04:00:00+00:00"), tmp_path, latest=False)
    assert place.name == "20260102T040000Z-preflight"
    assert (tmp_path / "report").resolve().name == "20260102T030405Z-full"


def test_what_was_not_asked_again_still_stands(tmp_path: Path) -> None:
    archive.write(report(result("users"), result("tls"), result("auth")), tmp_path)
    archive.write(report(result("auth", **FAILED), started="2026-01-03T03:04:05+00:00", parts=("clients",)), tmp_path)
    latest = archive.read(tmp_path / "report")
    assert latest is not None
    assert [r.check for r in latest.results] == ["auth"]
    assert [r.check for r in latest.earlier] == ["users", "tls"]
    assert latest.verdict == "failed"
    assert "2026-01-02 03:04" in (tmp_path / "report" / "report.html").read_text()


def test_results_of_another_machine_or_another_plan_do_not_stand() -> None:
    before = report(result("users"), result("disk", parts=("system",)))
    rebuilt = tuple(machine.model_copy(update={"instance": "one-2"}) for machine in before.machines)
    assert report(result("auth"), machines=rebuilt).after(before).earlier == ()
    door = before.plan.gateway.model_copy(update={"timeout_s": 5})
    changed = report(result("auth"), plan=before.plan.model_copy(update={"gateway": door})).after(before)
    assert [r.check for r in changed.earlier] == ["disk"]


def test_an_unreadable_report_is_none(tmp_path: Path) -> None:
    assert archive.read(tmp_path) is None
    (tmp_path / "report.json").write_text("{")
    assert archive.read(tmp_path) is None


def test_stage_times(tmp_path: Path) -> None:
    assert archive.stage_times(tmp_path) == ()
    (tmp_path / "times.json").write_text('[{"name": "deploy", "seconds": 119.3}]')
    assert archive.stage_times(tmp_path) == (StageTime(name="deploy", seconds=119.3),)
    assert "deploy" in html(report(times=archive.stage_times(tmp_path)))


@pytest.mark.parametrize("most", [0.013, 0.3, 1, 7, 59, 480])
def test_an_axis_has_four_to_ten_round_steps(most: float) -> None:
    step, end = scale(most)
    assert 2 <= round(end / step) <= 10 and end >= most


def test_figures_of_nothing_are_nothing() -> None:
    assert latencies([]) == "" and bars([]) == ""
    assert "<circle" in latencies([Sample("m", 1, 0.0, 0.2, 1)])
    assert "&lt;x&gt;" in bars([("<x>", 0.0)])


def test_a_line_starts_with_the_machine_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.line(result("auth", model="tiny:1m", **FAILED), 6)
    terminal.line(result(), 6)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["one", "one", "one"]
    assert lines[1].endswith("-> close it") and "TLSv1.3" in lines[2]


def test_the_summary_of_a_log_starts_with_stack(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    terminal.summary(report(), tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("stack  ") for line in lines)
    assert any("critical failed: auth (one): close it" in line for line in lines)


def test_the_table_of_a_terminal_names_every_check() -> None:
    from rich.console import Console

    console = Console(width=160, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115 (ends with the test)
    console.print(terminal.table(report(result(), result("auth", severity="warning", **FAILED))))
    text = console.export_text()
    assert "Gateway" in text and "auth" in text and "failed (warning)" in text and "TLSv1.3" in text
