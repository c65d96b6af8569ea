"""Kernel and driver as one set: forward, and back from every point at which it can fail."""

import pytest

from tests.unit.kernel_set.conftest import NAMES, NEW, NEWER, OLD, THERE, Engine, Paper


def test_nothing_newer_is_a_report_too(paper: Paper) -> None:
    paper.change(archive={})
    code, said = paper.run("move")
    assert code == 0 and "up to date" in said
    assert paper.written("last.json")["outcome"] == "up to date" and paper.world["boots"] == 1


def test_the_whole_set_moves_with_one_reboot(paper: Paper) -> None:
    code, said = paper.run("move")
    assert code == 0, said
    world = paper.world
    assert world["running"] == NEW and world["default"] == OLD and world["boots"] == 2
    assert paper.written("state.json")["phase"] == "booting" and not paper.written("last.json")
    assert set(NAMES) <= set(world["held"])
    lines = paper.said.splitlines()
    assert lines.index("grub-set-default gnulinux-advanced-1234>gnulinux-6.1.0-50-amd64-advanced-1234") < next(
        at
        for at, line in enumerate(lines)
        if line.startswith("apt-get") and " install " in line and "simul" not in line
    )
    code, said = paper.run("judge")
    assert code == 0, said
    last = paper.written("last.json")
    assert last["outcome"] == "moved" and last["good"]["kernel"] == NEW and last["good"]["driver"] == "580.167.08"
    assert last["served"]["asked"] == last["served"]["answered"] > 0 and last["served_until_reboot"]
    assert last["judgement"]["downtime_s"] >= 0 and last["judgement"]["gate"] == "1 of 1 cards"
    assert paper.world["default"] == NEW and not paper.written("state.json")
    assert f"linux-image-{OLD}" in paper.world["packages"], "the one before stays"


def test_a_second_move_removes_the_kernel_before_the_last_good_one(paper: Paper) -> None:
    older = {f"linux-image-{version}-amd64": "6.1.1-1" for version in ("6.1.0-40", "6.1.0-41")}
    paper.change(packages=THERE | older)
    assert paper.run("move")[0] == 0 and paper.run("judge")[0] == 0
    assert "removed: linux-image-6.1.0-40-amd64, linux-image-6.1.0-41-amd64" in paper.written("last.json")["words"]
    assert set(paper.world["packages"]) == {*THERE, *NEWER}


def test_a_module_that_does_not_build_is_undone_without_a_reboot(paper: Paper) -> None:
    paper.change(broken_source="580.167.08")
    code, said = paper.run("move")
    world, last = paper.world, paper.written("last.json")
    assert code == 1 and world["boots"] == 1 and world["packages"] == THERE and world["half"] == []
    assert last["outcome"] == "failed" and "nv-pci.c:12: error: too few arguments" in last["words"], said
    assert "without a reboot" in last["words"]
    assert set(world["held"]) == set(NAMES) and world["modules"] == {OLD: "580.95.05"} and world["default"] == OLD


def test_success_is_what_lies_there_not_what_dkms_says(paper: Paper) -> None:
    paper.change(never_built=[NEW])
    assert paper.run("move")[0] == 1
    assert f"no module of branch 580 for {NEW}" in paper.written("last.json")["words"]
    assert paper.world["packages"] == THERE and paper.world["boots"] == 1


def test_a_kernel_that_could_not_start_is_not_booted(paper: Paper) -> None:
    paper.change(no_initrd=NEW)
    assert paper.run("move")[0] == 1
    assert f"no initrd.img-{NEW}" in paper.written("last.json")["words"] and paper.world["boots"] == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"gate_fails_on": [NEW]}, "the GPU gate says: no card answers"),
        ({"failing": {NEW: ["gpu_answers (main)"]}}, "checks that passed before fail: gpu_answers (main)"),
        ({"panics": [NEW]}, "did not come up"),
    ],
)
def test_a_set_that_does_not_work_goes_back(
    paper: Paper, fault: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.change(**fault)
    assert paper.run("move")[0] == 0
    for _ in range(3):
        if paper.written("state.json"):
            paper.run("judge")
    world, last = paper.world, paper.written("last.json")
    assert last["outcome"] == "returned" and words in last["words"] and "which works" in last["words"], last
    assert world["running"] == OLD and world["default"] == OLD and world["packages"] == THERE
    assert set(world["held"]) == set(NAMES) and world["modules"][OLD] == "580.95.05"
    assert (paper.root / "sys/module/nvidia/version").read_text() == "580.95.05"


def test_an_engine_that_says_nothing_goes_back(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.settings(judge_s=1)
    assert paper.run("move")[0] == 0
    monkeypatch.setattr(Engine, "word", " ")
    paper.run("judge")
    monkeypatch.setattr(Engine, "word", "Yes")
    while paper.written("state.json"):
        paper.run("judge")
    assert "the engine's answer is empty" in paper.written("last.json")["words"] and paper.world["running"] == OLD


def test_what_failed_before_is_not_the_new_kernels_fault(paper: Paper) -> None:
    paper.change(failing={OLD: ["disk (main)"], NEW: ["disk (main)"]})
    assert paper.run("move")[0] == 0 and paper.run("judge")[0] == 0
    assert paper.written("last.json")["outcome"] == "moved"


def test_a_judgement_that_never_ends_is_a_failed_one(paper: Paper) -> None:
    assert paper.run("late") == (0, "")
    assert paper.run("move")[0] == 0
    assert paper.run("late")[0] == 1 and paper.world["running"] == OLD
    assert "kill --signal=KILL eigenherd-kernel-judge.service" in paper.said
    while paper.written("state.json"):
        paper.run("judge")
    assert "no judgement within 10 s" in paper.written("last.json")["words"] and paper.world["packages"] == THERE


def test_a_power_cut_while_it_installs(paper: Paper) -> None:
    """The state is on the disk before anything changes; the next boot starts the old kernel and puts all back."""
    assert paper.run("move")[0] == 0
    state = paper.written("state.json") | {"phase": "installing"}
    paper.keep("state.json", state)
    paper.change(running=OLD, half=["nvidia-kernel-open-dkms"])
    while paper.written("state.json"):
        paper.run("judge")
    assert "went down while it installed" in paper.written("last.json")["words"]
    assert paper.world["packages"] == THERE and paper.world["half"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"free_mib": 100}, "300 MiB free in /boot wanted, 100 found"),
        ({"half": ["cups"]}, "cups is half configured"),
        ({"archive": {**NEWER, "nvidia-driver-cuda": "595.80-1"}}, "not of the planned branch 580"),
        ({"archive": {**NEWER, "linux-image-amd64": "6.1.100-1"}}, "would take linux-image-amd64 back"),
    ],
)
def test_refused_before_anything_is_begun(paper: Paper, change: dict[str, object], words: str) -> None:
    paper.change(**change)
    assert paper.run("move")[0] == 1
    last = paper.written("last.json")
    assert last["outcome"] == "refused" and words in last["words"]
    assert paper.world["packages"] == THERE and set(paper.world["held"]) == set(NAMES) and paper.world["boots"] == 1


def test_no_grub_no_move(paper: Paper) -> None:
    (paper.root / "boot/grub/grub.cfg").unlink()
    assert paper.run("move")[0] == 1 and "GRUB's menu has no entry" in paper.written("last.json")["words"]


def test_what_the_archive_no_longer_has_is_packed_again(paper: Paper) -> None:
    paper.change(gone_from_archive=["nvidia-kernel-open-dkms"], broken_source="580.167.08")
    assert paper.run("move")[0] == 1
    assert "dpkg-repack nvidia-kernel-open-dkms" in paper.said and paper.world["packages"] == THERE


def test_a_deployment_at_work_is_not_met(paper: Paper) -> None:
    """Both take the machine's own lock; what waits here is what would wait there."""
    assert paper.run("move")[0] == 0
    assert {path.name for path in (paper.root / "run/eigenherd").iterdir()} == {"door", "lock", "since"}
