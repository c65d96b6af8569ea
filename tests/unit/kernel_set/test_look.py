"""Once a day: behind, since when, and overdue after 14 days."""

from datetime import UTC, datetime, timedelta

from tests.unit.kernel_set.conftest import NAMES, NEWER, THERE, Paper


def ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days, minutes=1)).isoformat(timespec="seconds")


def test_nothing_newer(paper: Paper) -> None:
    paper.change(archive={})
    assert paper.run("look") == (0, "up to date\n")
    found = paper.written("look.json")
    assert found["behind"] == {} and found["since"] is None and not found["overdue"]


def test_the_first_day_behind(paper: Paper) -> None:
    code, said = paper.run("look")
    found = paper.written("look.json")
    assert code == 0 and "behind for 0 days" in said and "<4>" not in said
    assert set(found["behind"]) == set(NAMES) and found["days"] == 0
    assert found["behind"]["nvidia-driver-cuda"] == {"held": "580.95.05-1", "newer": "580.167.08-1"}
    assert paper.world["packages"] == THERE, "it only looks"


def test_fourteen_days_are_a_warning_in_the_journal(paper: Paper) -> None:
    paper.settings(window="")
    for days, overdue in ((13, False), (14, True)):
        paper.keep("look.json", {"since": ago(days), "behind": {}})
        _, said = paper.run("look")
        assert paper.written("look.json")["overdue"] is overdue
        assert ("<4>kernel and driver are 14 days behind" in said) is overdue
    assert "maintenance: {window: Sun 03:00}" in said


def test_with_a_window_the_last_report_says_why(paper: Paper) -> None:
    paper.keep("look.json", {"since": ago(20), "behind": {}})
    assert "the window (Sun 03:00 Europe/Berlin) did not move them" in paper.run("look")[1]


def test_a_newer_version_does_not_make_the_wait_begin_anew(paper: Paper) -> None:
    paper.keep("look.json", {"since": ago(5), "behind": {}})
    paper.change(archive=NEWER | {"linux-image-amd64": "6.1.170-1"})
    paper.run("look")
    assert paper.written("look.json")["days"] == 5


def test_an_archive_out_of_reach_is_written_down(paper: Paper) -> None:
    paper.change(no_mirror=True)
    paper.run("look")
    assert paper.written("look.json")["lists"] == "E: no mirror"
