"""The same on one machine that is 80 ms away: a relay that adds the round trip carries both ways' SSH."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from plan.machine import Handover
from tools.bench.ansible import Playbook
from tools.bench.figure import Figure, speed
from tools.bench.lab import Lab
from tools.bench.machines import Machines
from tools.bench.timing import alternate
from tools.relay import Relay

RUNS = 3
ROUND_TRIP_S = 0.08
GOAL = 5


def measure(lab: Lab) -> list[Figure]:
    with lab.machines(1) as machines, TemporaryDirectory() as folder:
        [machine] = machines.handover.machines
        with Relay((machine.address, machine.port), ROUND_TRIP_S) as relay:
            far = Machines(machines.stack, through(machines.handover, relay.port, Path(folder) / "stack"))
            (home := Path(folder) / "ansible").mkdir(mode=0o700)
            playbook = Playbook(far.handover, home)
            ours, ansible = alternate({"second deployment": far.deploy_again, "Ansible": playbook.check}, RUNS)
    what = "second deployment, 80 ms away, Ansible's check of the same state : ours"
    return [speed("second_deploy_far", what, ours, ansible, GOAL)]


def through(handover: Handover, port: int, home: Path) -> Handover:
    """The same machine by another door; keys and known hosts stay where they are."""
    home.mkdir(mode=0o700)
    config = handover.ssh_config.read_text()
    config = re.sub(r"^( *HostName) .*$", r"\1 127.0.0.1", config, flags=re.M)
    (home / "ssh_config").write_text(re.sub(r"^( *Port) .*$", rf"\1 {port}", config, flags=re.M))
    return handover.model_copy(update={"folder": str(home)})
