"""The command behind `python -m deploy`: options in, one run, a summary and an exit code out."""

import argparse
import json
import sys
import time
from pathlib import Path

from pyinfra.api.state import StateStage

from deploy.cause import reason
from deploy.display import Display, show
from deploy.exclusion import only_run
from deploy.main import deploy
from deploy.remove import remove
from deploy.run import Outcome, Run
from plan.errors import EigenherdError
from plan.machine import Handover

# A machine that was just started needs this long at most until its sshd answers.
PATIENCE_S = 90
NEXT_STEP = "mend that and run the same command again: what is done already is not done twice"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy", description="Reads the handover on standard input.")
    parser.add_argument("--dry", action="store_true", help="change nothing, say what differs")
    parser.add_argument("--json", action="store_true", help="with --dry: the last line lists the differences")
    parser.add_argument("--remove", action="store_true", help="undo what was made")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, metavar="SECONDS", help="how long a machine may take to answer"
    )
    asked = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        handover = Handover.read(sys.stdin)
        display = Display(handover)
        with only_run(Path(handover.folder)):
            run = Run(handover, display, dry=asked.dry, patience_s=asked.patience)
            outcome = run.perform(remove if asked.remove else deploy)
    except EigenherdError as error:
        show(f"stack: {error}")
        return 2
    for step in outcome.failed:
        display.say(step.machine, f"FAILED: {step.operation}")
        display.say(step.machine, step.cause)
        display.say(step.machine, f"-> {NEXT_STEP}")
    show(json.dumps(summary(outcome, asked.dry, time.monotonic() - started)))
    return exit_code(outcome)


def exit_code(outcome: Outcome) -> int:
    """2 where it was not even tried: a machine out of reach, or taken by another run."""
    if any(step.operation == StateStage.Connect.name for step in outcome.failed):
        return 2
    return 1 if outcome.failed else 0


def summary(outcome: Outcome, dry: bool, seconds: float) -> dict[str, object]:
    found: dict[str, object] = {
        "changed": len(outcome.changed),
        "operations": outcome.operations,
        "seconds": round(seconds, 1),
    }
    if dry:
        found["differences"] = [{"machine": step.machine, "operation": step.operation} for step in outcome.changed]
    if outcome.failed:
        reasons = [f"{step.machine}: {step.operation}: {reason(step.cause)}" for step in outcome.failed]
        found["reason"] = "; ".join(reasons)
    return found
