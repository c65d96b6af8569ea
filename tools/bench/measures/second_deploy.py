"""A deployment that finds nothing to change, beside Ansible's check of the same end state, on 1, 2 and 4 machines."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bench.ansible import Playbook
from tools.bench.figure import Figure, speed
from tools.bench.lab import Lab
from tools.bench.timing import alternate

RUNS = 3
GOAL = 10
NOTE = "pipelining on, a fork a machine, no facts, one task an operation of ours, changed=0"


def measure(lab: Lab) -> list[Figure]:
    return [on(lab, count) for count in (1, 2, 4)]


def on(lab: Lab, count: int) -> Figure:
    with lab.machines(count) as machines, TemporaryDirectory() as home:
        playbook = Playbook(machines.handover, Path(home))
        lab.say(f"{count} of 1, 2 and 4 machines")
        ways = {"second deployment": machines.deploy_again, "Ansible": playbook.check}
        ours, ansible = alternate(ways, RUNS)
    what = f"second deployment on {count}, Ansible's check of the same state : ours"
    return speed(f"second_deploy_{count}", what, ours, ansible, GOAL, NOTE)
