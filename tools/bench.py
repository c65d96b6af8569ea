"""`python -m tools.bench [stack]`: what a second `up` costs beside an empty program's, and a second deployment.

The stack has to be up and settled. Prints JSON, and keeps it as build/bench.json.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.checkout import BUILD, ROOT

RUNS = 7
UP = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--suppress-outputs"]
MOST = 1.5  # times an empty program's


class BenchError(Exception):
    """There is nothing to measure yet, or it is not what it should be."""


def main(stack: str = "sandbox") -> int:
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_program(Path(folder))
        ours = [*UP, "--stack", stack, *config_file(stack)]
        unchanged(run(ours, ROOT, {}))  # and the file cache is warm for both
        pairs = [
            (seconds(ours, ROOT, {}), seconds([*UP, "--stack", "empty"], Path(folder), empty)) for _ in range(RUNS)
        ]
    ups, empties = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = statistics.median(ups) / statistics.median(empties)
    result = {
        "second_up_s": [round(value, 2) for value in ups],
        "empty_up_s": [round(value, 2) for value in empties],
        "ratio_of_medians": round(ratio, 2),
        "bound": MOST,
        "second_deploy_s": round(second_deploy(stack), 1),
        "load_average": os.getloadavg()[0],
        "cores": os.cpu_count(),
    }
    text = json.dumps(result, indent=1)
    print(text)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(text + "\n")
    return int(ratio > MOST)


def config_file(stack: str) -> list[str]:
    environments = Path(os.environ.get("ENVIRONMENTS") or "stacks").resolve()
    return ["--config-file", str(environments / f"Pulumi.{stack}.yaml")]


def empty_program(folder: Path) -> dict[str, str]:
    """A program without resources, with a state of its own; the variables to run it with."""
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (folder / "__main__.py").write_text("")
    (folder / "state").mkdir()
    variables = {"PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_CONFIG_PASSPHRASE": "of an empty program"}
    run(["pulumi", "stack", "init", "empty"], folder, variables)
    run([*UP, "--stack", "empty"], folder, variables)
    return variables


def unchanged(printed: str) -> None:
    if changed := re.findall(r"^ +([-+~]+ ?\d+ .*)$", printed, re.M):
        raise BenchError(f"the stack was not settled, `up` still changed it: {'; '.join(changed)}\n  -> make up")


def seconds(command: list[str], folder: Path, variables: dict[str, str]) -> float:
    started = time.monotonic()
    run(command, folder, variables)
    return time.monotonic() - started


def second_deploy(stack: str) -> float:
    """Seconds of a deployment that finds nothing to change."""
    shown = json.loads(run(["pulumi", "stack", "output", "--json", "--show-secrets", "--stack", stack], ROOT, {}))
    handover = shown["handover"] if isinstance(shown["handover"], str) else json.dumps(shown["handover"])
    started = time.monotonic()
    printed = run([sys.executable, "-m", "deploy"], ROOT, {}, stdin=handover)
    took_s = time.monotonic() - started
    if (changed := json.loads(printed.splitlines()[-1])["changed"]) != 0:
        raise BenchError(f"a second deployment changed {changed} things\n  -> make up")
    return took_s


def run(command: list[str], folder: Path, variables: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, input=stdin, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except BenchError as error:
        sys.exit(f"bench: {error}")
