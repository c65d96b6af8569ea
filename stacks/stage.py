"""Runs a stage (preflight, deploy, verify) as the very command a person can run alone.

A subprocess, because pyinfra patches its process with gevent, which must not meet grpc. The handover
goes in through a pipe; what the command prints goes to the display as it comes.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Handover
from stacks import folder

ROOT = Path(__file__).resolve().parents[1]


def run(arguments: list[str], handover_json: str) -> dict[str, object]:
    """Run `python -m <arguments>`; return the JSON object on its last line, or raise with its reason.

    The exception carries names and the report's path only: Pulumi prints exceptions unredacted.
    """
    folder.write(Handover.parse(handover_json))
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdin and process.stdout  # noqa: S101 (pipes were asked for above)
        process.stdin.write(handover_json)
        process.stdin.close()
        last = ""
        for line in process.stdout:
            last = line.strip() or last
            if not last.startswith("{"):
                print(line.rstrip(), flush=True)
    summary = _summary(last)
    if process.returncode != 0:
        # a KeyError would hide the cause: a stage that died early has no summary
        found = str(summary.get("reason") or last or f"exit code {process.returncode}")
        raise ProviderError(f"`python -m {' '.join(arguments)}` succeeds", found, "see the lines above")
    return summary


def _summary(last: str) -> dict[str, object]:
    try:
        value = json.loads(last)
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def code_digest(*folders: str) -> str:
    """One sha256 over the files of these folders: changed code is deployed, and verified, again."""
    digest = sha256()
    for name in folders:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
