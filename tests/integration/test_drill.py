"""Drills of a rehearsal on a real machine: one that comes back, and one whose rebuild opens the door to strangers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drill.evidence import Drill, digests
from drill.history import read
from tests.checkouts import Checkout

pytestmark = pytest.mark.machine

REAL, STACK = f"drill-real-{os.getpid()}", f"drill-test-{os.getpid()}"
DOOR = "error @stranger 401"


@pytest.fixture(scope="module")
def place(layered: Checkout) -> Checkout:
    """An environment that nobody could bring up here, and its rehearsal, which is not up yet."""
    real = {"provider": "existing", "address": "192.0.2.7", "user": "admin"}
    door = {"host": "ki.example.org", "tls": "acme", "allow": ["203.0.113.0/29"]}
    wanted = {"models": ["smollm2:135m"], "clients": ["anna"], "gpu": "RTX 4090", "gateway": door}
    layered.environment(REAL, {"machine": real, **wanted})
    layered.environment(STACK, {"rehearses": REAL, "machine": {"provider": "sandbox"}, "drill": "allowed"})
    return layered


@pytest.fixture(scope="module")
def first(place: Checkout) -> Iterator[tuple[Drill, str]]:
    """The first drill, which brings it up before, and what it printed."""
    code, printed = drill(place)
    assert code == 0, printed
    yield latest(place), printed
    place.eigenherd("down", STACK)
    assert evidence(place), "the history outlives the environment"


def drill(place: Checkout) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "eigenherd", "drill", STACK],
        cwd=place.path,
        env=place.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    return done.returncode, done.stdout


def evidence(place: Checkout) -> list[Path]:
    return sorted((place.path / ".eigenherd" / "drills" / STACK).iterdir())


def latest(place: Checkout) -> Drill:
    return read(place.path / ".eigenherd" / "drills" / STACK)[-1]


def test_it_comes_back_the_same_to_everybody(place: Checkout, first: tuple[Drill, str]) -> None:
    seen, _ = first
    assert (seen.outcome, seen.reasons) == ("passed", ())
    assert seen.machines and all(machine.is_new for machine in seen.machines)
    after = place.handover(STACK)
    assert seen.machines[0].after == after.machines[0].instance
    assert {one.name: one.after for one in seen.kept} == digests(after)
    assert {"CA", "key of anna", "host key of main"} <= {one.name for one in seen.kept if one.is_same}


def test_the_time_of_each_stage_and_of_the_first_correct_token_is_kept(first: tuple[Drill, str]) -> None:
    seen, printed = first
    stages = {stage.name: stage for stage in seen.stages}
    assert list(stages) == ["destroy", "notice", "machine", "preflight", "deployment", "verification"]
    assert all(stage.seconds > 0 and not stage.failed for stage in seen.stages)
    assert seen.rto_s is not None and stages["machine"].ended_s < seen.rto_s < stages["verification"].ended_s
    assert seen.replies["no connection"] > 1 and seen.replies["correct answer"] == 1
    assert seen.first_up_s is not None and seen.layer
    assert re.search(r"first correct token +[\d.]+ s  <- RTO", printed), printed


def test_what_was_verified_is_kept_and_what_was_not_is_said(first: tuple[Drill, str]) -> None:
    seen, printed = first
    assert seen.verified and seen.verified.verdict == "passed" and seen.verified.counts["passed"] > 30
    assert (seen.rehearses, seen.without_gpu) == (REAL, "RTX 4090")
    assert f"rehearsed without a GPU: {REAL} has an RTX 4090" in printed


def test_a_rebuild_that_fails_says_so_and_is_kept_too(place: Checkout, first: tuple[Drill, str]) -> None:
    template = place.path / "templates/etc/caddy/Caddyfile.j2"
    good = template.read_text()
    assert DOOR in good
    template.write_text(good.replace(DOOR, ""))
    try:
        code, printed = drill(place)
    finally:
        template.write_text(good)
    seen = latest(place)
    assert code == 1, printed
    assert seen.outcome == "failed" and "the rebuild failed in verification" in seen.reasons
    assert any("auth_refused (main)" in reason for reason in seen.reasons)
    assert f"{STACK} did not come back as it was" in printed
    assert seen.machines[0].before == first[0].machines[0].after and seen.machines[0].is_new
    history = place.eigenherd("drill", STACK, "--history")
    assert [word for word in history.split() if word in ("passed,", "failed,")] == ["passed,", "failed,"]


def test_no_secret_is_in_the_evidence(place: Checkout, first: tuple[Drill, str]) -> None:
    secrets = place.handover(STACK).secrets
    pems = [line for pem in (secrets.ca_key, secrets.ssh_key) for line in pem.splitlines() if "-----" not in line]
    files = evidence(place)
    assert {path.suffix for path in files} == {".json", ".html"}
    for text in (first[1], *(path.read_text() for path in files)):
        assert not [word for word in (*secrets.clients.values(), *pems) if word in text]
