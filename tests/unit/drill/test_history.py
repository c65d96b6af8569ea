"""The history: what is kept, median and longest, and what does not count."""

from pathlib import Path

from drill.history import read, spans, write
from drill.terminal import history
from tests.unit.drill.conftest import MakeDrill, stages

RTOS = (60.0, 90.0, 70.0)


def test_median_and_longest_are_over_those_that_passed_from_base(tmp_path: Path, made: MakeDrill) -> None:
    for number, rto_s in enumerate(RTOS):
        write(made(started=f"2026-11-2{number}T03:00:00+00:00", rto_s=rto_s, stages=stages(1, 2, number, 4)), tmp_path)
    write(made(started="2026-11-25T03:00:00+00:00", outcome="failed", rto_s=None, reasons=("no",)), tmp_path)
    write(made(started="2026-11-26T03:00:00+00:00", rto_s=10.0, layer="shared"), tmp_path)
    drills = read(tmp_path)
    assert [drill.rto_s for drill in drills] == [60.0, 90.0, 70.0, None, 10.0]
    found = spans(drills)
    assert (found["RTO"].median, found["RTO"].longest, found["RTO"].count) == (70.0, 90.0, 3)
    assert (found["machine"].median, found["machine"].longest) == (1.0, 2.0)
    shown = list(history(drills, found))
    assert len(shown) == 1 + 5 + 2
    assert "failed" in shown[4] and "from layer shared" in shown[5]
    assert shown[6].startswith("median of 3 passed") and shown[6].split()[-1] == "70.0"


def test_while_all_come_from_a_layer_they_count(made: MakeDrill) -> None:
    assert spans([made(layer="shared", rto_s=20.0)])["RTO"].median == 20.0


def test_simulated_drills_stay_out_while_others_passed(made: MakeDrill) -> None:
    drills = [made(rto_s=60.0), made(outcome="simulated", rto_s=5.0)]
    assert spans(drills)["RTO"].median == 60.0
    alone = spans(drills[1:])
    assert (alone["RTO"].median, alone["RTO"].of) == (5.0, "simulated")
    assert list(history(drills[1:], alone))[-1].startswith("longest of 1 simulated")


def test_nothing_passed_and_nothing_there(tmp_path: Path, made: MakeDrill) -> None:
    assert read(tmp_path / "none") == [] and spans([]) == {}
    assert len(list(history([made(outcome="failed", reasons=("no",))], {}))) == 2


def test_a_file_of_another_shape_is_passed_over(tmp_path: Path, made: MakeDrill) -> None:
    write(made(), tmp_path)
    (tmp_path / "20200101T000000Z.json").write_text('{"stack": "old"}')
    assert len(read(tmp_path)) == 1


def test_each_page_shows_the_earlier_ones(tmp_path: Path, made: MakeDrill) -> None:
    write(made(started="2026-11-20T03:00:00+00:00", rto_s=77.7), tmp_path)
    page = write(made(started="2026-11-21T03:00:00+00:00", rto_s=66.6), tmp_path).read_text()
    assert "2026-11-20 03:00" in page and "77.7 s" in page and "median of 2 that passed" in page
