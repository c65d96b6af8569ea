"""Evidence: the same to everybody or not, the verdict with every reason, and no secret in any of its forms."""

import json
from pathlib import Path

import pytest

from drill.evidence import Kept, Rebuilt, Verified, compared, digests, masked
from drill.history import spans, write
from drill.judgement import verdict, verification
from drill.page import page
from drill.terminal import result
from stacks.keys import make
from tests.unit.drill.conftest import MakeDrill
from tests.unit.verify.fake_stack import KEYS, handover

NEW = (Rebuilt(name="main", provider="sandbox", before="1", after="2"),)
OLD = (Rebuilt(name="main", provider="sandbox", before="1", after="1"),)
SAME = (Kept(name="CA", before="a", after="a"),)
OTHER = (Kept(name="CA", before="a", after="b"),)
WELL = Verified(verdict="passed", sentence="paper works", counts={"passed": 42}, wrong=())
PRETENDED = Verified(verdict="simulated", sentence="paper works, SIMULATED", counts={"simulated": 9}, wrong=())
UNTOLD = Verified(verdict="error", sentence="?", counts={"error": 1}, wrong=("answers (main)",))


def test_digests_tell_what_clients_and_ssh_know_it_by() -> None:
    known = digests(handover())
    assert {"CA", "address", "key of anna", "key of bernd", "host key of one"} <= set(known)
    assert all(len(digest) == 16 for digest in known.values())


def test_a_new_ca_or_key_is_another_and_a_new_client_is_nobodys_loss() -> None:
    before = handover()
    secrets = before.secrets.model_copy(
        update={"ca_certificate": make("ca", "x")[1], "clients": {**KEYS, "anna": "eh-new", "carla": "eh-more"}}
    )
    kept = compared(digests(before), digests(before.model_copy(update={"secrets": secrets})))
    assert {one.name for one in kept if not one.is_same} == {"CA", "key of anna"}
    assert "key of carla" not in {one.name for one in kept}


@pytest.mark.parametrize(
    ("failed", "problems", "rebuilt", "kept", "verified", "token", "outcome", "said"),
    [
        (None, [], NEW, SAME, WELL, 60.0, "passed", ""),
        ((["deployment"], ["error: no space left"]), [], NEW, SAME, None, None, "failed", "failed in deployment"),
        ((["deployment"], ["error: no space left"]), [], NEW, SAME, None, None, "failed", "no space left"),
        (([], []), [], NEW, (), WELL, 1.0, "failed", "none of its stages"),
        (None, [], NEW, (), WELL, 1.0, "failed", "unknown whether it is the same"),
        (None, [], OLD, SAME, WELL, 60.0, "failed", "main was not rebuilt"),
        (None, [], NEW, OTHER, WELL, 60.0, "failed", "CA is another one"),
        (None, [], NEW, SAME, WELL, None, "failed", "no correct answer"),
        (None, [], NEW, SAME, None, 60.0, "failed", "not verified"),
        ((["verification"], []), [], NEW, SAME, UNTOLD, 60.0, "error", "answers (main)"),
        (None, ["something answered after the destroy: status 200"], NEW, SAME, WELL, 1.0, "error", "status 200"),
    ],
)
def test_every_reason_counts(
    failed: tuple[list[str], list[str]] | None,
    problems: list[str],
    rebuilt: tuple[Rebuilt, ...],
    kept: tuple[Kept, ...],
    verified: Verified | None,
    token: float | None,
    outcome: str,
    said: str,
) -> None:
    judged, reasons = verdict(failed, problems, rebuilt, kept, verified, token)
    assert judged == outcome
    assert said in "; ".join(reasons) and bool(reasons) is (outcome != "passed")


def test_what_was_verified_on_a_simulated_card_came_back_simulated(made: MakeDrill) -> None:
    """And no drill of it reads as one of hardware."""
    assert verdict(None, [], NEW, SAME, PRETENDED, 60.0) == ("simulated", [])
    drill = made(outcome="simulated", verified=PRETENDED)
    assert "SIMULATED: no GPU was tested" in drill.sentence
    assert any("SIMULATED" in line for line in result(drill))
    assert "came back, SIMULATED: no GPU was tested" in page(drill, [drill], spans([drill]))


def test_only_a_report_about_these_machines_counts(tmp_path: Path) -> None:
    results = [
        {"check": "answers", "machine": "main", "severity": "critical", "outcome": "passed"},
        {"check": "auth_refused", "machine": "main", "severity": "critical", "outcome": "failed"},
        {"check": "users", "machine": "main", "severity": "warning", "outcome": "failed"},
    ]
    report = {"verdict": "failed", "sentence": "no", "machines": [{"instance": "2"}], "results": results}
    assert verification(tmp_path, ["2"]) is None
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text(json.dumps(report))
    assert verification(tmp_path, ["1"]) is None and verification(tmp_path, []) is None
    said = verification(tmp_path, ["2"])
    assert said and said.wrong == ("auth_refused (main)",) and said.counts == {"passed": 1, "failed": 2}


def test_secrets_are_masked_wherever_they_stand() -> None:
    secrets = handover().secrets
    line = secrets.ca_key.splitlines()[1]
    shown = masked(f"error: {KEYS['anna']} and {line}", secrets)
    assert shown == "error: [masked] and [masked]"


def test_evidence_of_a_failure_is_written_in_all_forms(tmp_path: Path, made: MakeDrill) -> None:
    failed = made(
        outcome="failed",
        reasons=("the rebuild failed in verification", "wrong: auth_refused (main)", "<script>alert(1)</script>"),
        rehearses="office",
        without_gpu="RTX 4090",
        layer="shared",
        rto_s=None,
        kept=(Kept(name="key of demo", before="a1", after="b2"),),
    )
    place = write(failed, tmp_path / "drills" / "paper")
    page = place.read_text()
    for said in ("did not come back", "auth_refused (main)", "RTX 4090", "layer shared", "another", "never"):
        assert said in page
    assert "<script>" not in page, "texts are escaped"
    assert "http://" not in page and "https://" not in page, "it needs no network"
    assert json.loads(place.with_suffix(".json").read_text())["outcome"] == "failed"
    assert place.parent.stat().st_mode & 0o777 == 0o700
    lines = "\n".join(result(failed))
    assert "rehearsed without a GPU: office has an RTX 4090" in lines and "kept layer shared" in lines
