"""A drill: from the destroy to the first correct answer of the rebuilt environment, beside its first `up`."""

import json

from tools.bench import BenchError
from tools.bench.figure import Figure, Series, ratio
from tools.bench.lab import Lab, drills

GOAL = 1.0


def measure(lab: Lab) -> list[Figure]:
    stack = lab.stack
    assert lab.first_up_s  # noqa: S101 (brought up just now)
    before = set(drills().glob("*.json"))
    lab.eigenherd("drill", stack)
    made = sorted(set(drills().glob("*.json")) - before)
    if len(made) != 1:
        raise BenchError(f"a drill of {stack} leaves one piece of evidence in {drills()}, found {len(made)}")
    evidence = json.loads(made[0].read_text())
    if evidence["outcome"] != "passed":
        raise BenchError(f"the drill did not pass: {'; '.join(evidence['reasons'])}")
    sides = Series("RTO", (evidence["rto_s"],)), Series("first up", (lab.first_up_s,))
    return [ratio("drill", "drill, RTO : the first `eigenherd up`", *sides, GOAL, "caches warm, machines from base")]
