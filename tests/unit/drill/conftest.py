"""A drill on paper that passed, to be varied by the tests."""

from collections.abc import Callable

import pytest

from drill.evidence import Drill, Kept, Rebuilt, Stage, Verified

MakeDrill = Callable[..., Drill]
SENTENCE = "paper works, on CPU only (no GPU in the plan): 42 of 48 checks passed; 6 skipped: no GPU in the plan"


def stages(*seconds: float) -> tuple[Stage, ...]:
    names = ("destroy", "notice", "machine", "preflight", "deployment", "verification")
    ends = [sum(seconds[: n + 1]) for n in range(len(seconds))]
    return tuple(
        Stage(name=name, began_s=end - took, ended_s=end) for name, took, end in zip(names, seconds, ends, strict=False)
    )


@pytest.fixture
def made() -> MakeDrill:
    facts: dict[str, object] = {
        "stack": "paper",
        "rehearses": None,
        "without_gpu": None,
        "started": "2026-11-24T23:00:00+00:00",
        "outcome": "passed",
        "reasons": (),
        "commit": "0123456789ab",
        "digests": {"plan": "aa", "deploy": "bb", "verify": "cc"},
        "layer": "",
        "cores": 2,
        "first_up_s": None,
        "stages": stages(1, 2, 5, 4, 50, 30),
        "rto_s": 60.5,
        "replies": {"no connection": 40, "correct answer": 1},
        "machines": (Rebuilt(name="main", provider="sandbox", before="1", after="2"),),
        "kept": (Kept(name="CA", before="a1", after="a1"),),
        "verified": Verified(verdict="passed", sentence=SENTENCE, counts={"passed": 42, "skipped": 6}, wrong=()),
    }
    return lambda **changes: Drill.model_validate(facts | changes)
