"""A first deployment, torch and all, beside a plain shell script that reaches the same state."""

import json
import sys

from tools.bench import BenchError, shell_script
from tools.bench.figure import Figure, Series, ratio
from tools.bench.lab import Lab
from tools.bench.machines import Machines
from tools.bench.steps import of
from tools.bench.timing import run, timed

RUNS = 3
GOAL = 1.1


def measure(lab: Lab) -> list[Figure]:
    ours, plain = [], []
    for number in range(1, RUNS + 1):
        lab.say(f"{number} of {RUNS}: a first deployment, then the script")
        with lab.from_base("bench-cold") as machines:
            ours.append(timed(machines.deploy))
        with lab.from_base("bench-cold") as machines:
            script = shell_script.script(of(machines.json)["main"])
            plain.append(timed(lambda script=script, machines=machines: machines.ssh("main", "sh -s", script)))  # type: ignore[misc]
            same_state(machines)
    what = "first deployment from base : a plain shell script"
    sides = Series("first deployment", tuple(ours)), Series("shell script", tuple(plain))
    return [ratio("cold_deploy", what, *sides, GOAL, "the mirror is filled for both")]


def same_state(machines: Machines) -> None:
    """Ours finds nothing to do after the script, but with units: who wrote their files is in our manifest only."""
    printed = run([sys.executable, "-m", "deploy", "--dry", "--json"], stdin=machines.json)
    differing = {found["operation"] for found in json.loads(printed.splitlines()[-1])["differences"]}
    units = {step.name for step in of(machines.json)["main"] if step.operation == "units.runs"}
    if wrong := differing - units:
        raise BenchError(f"the shell script did not reach the same state: {', '.join(sorted(wrong))}")
