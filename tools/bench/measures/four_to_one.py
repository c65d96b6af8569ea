"""With nothing to change, four machines beside one."""

from tools.bench.figure import Figure, ratio
from tools.bench.lab import Lab
from tools.bench.timing import alternate

RUNS = 7
GOAL = 1.5


def measure(lab: Lab) -> list[Figure]:
    with lab.machines(4) as four, lab.machines(1) as one:
        ways = {"4 machines": four.deploy_again, "1 machine": one.deploy_again}
        more, single = alternate(ways, RUNS)
    return [ratio("four_to_one", "second deployment, 4 machines : 1", more, single, GOAL)]
