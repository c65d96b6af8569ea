"""Runs a stage (mirror, preflight, deploy, verify) as the very command a person can run alone.

A subprocess, because pyinfra patches its process with gevent, which must not meet grpc. Its input
goes in through a pipe; what the command prints goes to the display as it comes.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from plan.errors import ProviderError
from plan.machine import Handover
from stacks import folder

ROOT = Path(__file__).resolve().parents[1]
TIMED = {"verify --stage preflight": "preflight", "deploy": "deploy"}


def hand_over(arguments: list[str], handover_json: str, answer: str = "") -> dict[str, Any]:
    """Write the stack's folder, then `run` with the handover; the report shows how long it took."""
    handover = Handover.parse(handover_json)
    folder.write(handover)
    started = time.monotonic()
    summary = run(arguments, handover_json, answer)
    if name := TIMED.get(" ".join(arguments)):
        folder.note_time(Path(handover.folder), name, time.monotonic() - started)
    return summary


def run(arguments: list[str], text: str, answer: str = "") -> dict[str, Any]:
    """Run `python -m <arguments>` with text on its input; return the JSON object on its last line.

    answer: a key of that object which makes it an answer, whatever the exit code. Else raises ProviderError,
    which carries names and the report's path only: Pulumi prints it unredacted.
    """
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdin and process.stdout  # noqa: S101 (pipes were asked for above)
        process.stdin.write(text)
        process.stdin.close()
        summary: dict[str, Any] = {}
        last = ""
        for line in process.stdout:
            parsed = _json_object(line)
            if parsed is None:
                last = line.strip() or last
                print(line.rstrip(), flush=True)
            else:
                summary = parsed
    if process.returncode != 0 and answer not in summary:
        found = str(summary.get("reason") or last or f"exit code {process.returncode}")
        raise ProviderError(f"`{' '.join(arguments)}` succeeds", found, "the lines above say more")
    return summary


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
