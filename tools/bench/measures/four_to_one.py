"""Four machines beside one: a deployment with nothing to change, and the checks that disturb nobody."""

from tools.bench.figure import Figure, ratio
from tools.bench.lab import Lab
from tools.bench.timing import alternate

RUNS = 7
GOAL = 1.5


def measure(lab: Lab) -> list[Figure]:
    with lab.machines(4) as four, lab.machines(1) as one:
        deployed, alone = alternate({"4 machines": four.deploy_again, "1 machine": one.deploy_again}, RUNS)
        watched, watched_alone = alternate({"4 machines": four.watch, "1 machine": one.watch}, RUNS)
    return [
        ratio("four_to_one", "second deployment, 4 machines : 1", deployed, alone, GOAL),
        ratio("watch_four_to_one", "verification, watch, 4 machines : 1", watched, watched_alone, GOAL),
    ]
