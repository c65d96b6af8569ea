"""How long verification takes: all checks, those that disturb nobody, and those before a machine is taken."""

import sys

from tools.bench.figure import Figure, Series, seconds
from tools.bench.lab import Lab
from tools.bench.timing import run, timed

RUNS = {"full": 2, "watch": 5, "preflight": 5}
GOALS = {"preflight": 5.0}


def measure(lab: Lab) -> list[Figure]:
    handover = lab.handover.model_dump_json()
    figures = []
    for stage, runs in RUNS.items():
        command = [sys.executable, "-m", "verify", "--stage", stage]
        taken = tuple(timed(lambda command=command: run(command, stdin=handover)) for _ in range(runs))  # type: ignore[misc]
        figures.append(
            seconds(
                f"verify_{stage}",
                f"verification, {stage}",
                Series(f"verify --stage {stage}", taken),
                goal=GOALS.get(stage),
            )
        )
    return figures
