"""`pulumi up` with nothing to do, beside that of a program without resources."""

import re
import tempfile
from pathlib import Path

from tools.bench import BenchError
from tools.bench.figure import Figure, ratio
from tools.bench.lab import Lab
from tools.bench.timing import alternate, run
from tools.checkout import ROOT

RUNS = 7
GOAL = 1.3
NOTE = (
    "an empty program starts no provider. Ours starts Pulumi's dynamic provider, a Python process of about 0.19 s, and "
    "only after the environment was read: nothing is registered before that is known to be right"
)
UP = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--suppress-outputs"]


def measure(lab: Lab) -> list[Figure]:
    ours = [*UP, *lab.config_file]
    unchanged(run(ours, variables=lab.variables))
    with tempfile.TemporaryDirectory() as folder:
        variables = empty_program(Path(folder))
        ways = {
            "pulumi up, nothing to do": lambda: run(ours, folder=ROOT, variables=lab.variables),
            "an empty program's": lambda: run([*UP, "--stack", "empty"], folder=Path(folder), variables=variables),
        }
        mine, empty = alternate(ways, RUNS)
    return [ratio("noop_up", "`pulumi up` with nothing to do : an empty program's", mine, empty, GOAL, NOTE)]


def empty_program(folder: Path) -> dict[str, str]:
    """A program without resources, with a state of its own; the variables to run it with."""
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (folder / "__main__.py").write_text("")
    (folder / "state").mkdir()
    variables = {"PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_CONFIG_PASSPHRASE": "of an empty program"}
    run(["pulumi", "stack", "init", "empty"], folder=folder, variables=variables)
    return variables


def unchanged(printed: str) -> None:
    if changed := re.findall(r"^ +([-+~]+ ?\d+ .*)$", printed, re.M):
        raise BenchError(f"the stack was not settled, `up` still changed it: {'; '.join(changed)}")
