"""How long `eigenherd size` takes, start of the program included: one model, and the whole catalogue."""

import sys
from functools import partial

from plan import catalog
from tools.bench.figure import Figure, Series
from tools.bench.lab import Lab
from tools.bench.timing import run, timed

RUNS = 9
GOALS_S = {"size_one": 0.3, "size_all": 2.0}


def measure(lab: Lab) -> list[Figure]:
    every = [row.name for row in catalog.models()]
    asked = {"size_one": ["llama3.1:8b"], "size_all": every}
    figures = []
    for name, models in asked.items():
        command = [sys.executable, "-m", "eigenherd", "size", *models, "--json"]
        values = tuple(timed(partial(run, command)) for _ in range(RUNS))
        taken = Series(f"eigenherd size, models: {len(models)}", values)
        what = "one model sized" if len(models) == 1 else "the whole catalogue sized"
        figures.append(Figure(name, what, taken, None, "s", taken.median, "s", GOALS_S[name]))
    return figures
