"""Is there a card at all, or does the machine pretend?"""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

MARK = "/etc/eigenherd-simulation.json"
ASK = f"if [ -e {MARK} ]; then echo simulated; else echo no simulation; fi"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="ours: a sandbox machine can stand in for a card, and must not pass for one under another plan",
)
def gpu_real(target: Target) -> Finding:
    """The machine pretends to have a card only where the plan says so."""
    output = target.host.run(ASK)
    said = re.fullmatch(r"(simulated|no simulation)\n?", output.stdout)
    if output.code != 0 or not said:
        found = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("whether the card is simulated", found, f"ls {MARK} on the machine")
    planned = target.planned.gpu is not None and target.planned.gpu.simulated
    if (said[1] == "simulated") != planned:
        wanted = "a simulated card, as planned" if planned else "a real card"
        return failed(wanted, said[1], f"see {MARK} on the machine, and `simulated` in the environment")
    return passed(said[1], "as planned")
