"""Runs the Pulumi CLI with this project's tools, state and passphrase."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigenherd import environments, leftovers
from plan.errors import ProviderError

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".eigenherd" / "state"
PASSPHRASE = ROOT / ".eigenherd" / "passphrase"


def variables() -> dict[str, str]:
    """The environment `pulumi` runs in. What the user has set himself wins: an S3 state, a passphrase."""
    own = {
        "PULUMI_BACKEND_URL": f"file://{STATE}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONUNBUFFERED": "1",
    }
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(os.environ):
        own["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(PASSPHRASE)
    path = os.pathsep.join([str(ROOT / ".venv" / "bin"), str(ROOT / "tools" / "bin"), os.environ.get("PATH", "")])
    return {**own, **os.environ, "PATH": path}


def run(*arguments: str, **more: str) -> int:
    """Run it on this terminal, with `more` variables; return its exit code."""
    with subprocess.Popen(["pulumi", *arguments], cwd=ROOT, env={**variables(), **more}) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # pulumi has got it too: it ends in order, and at once at the second one


def read(*arguments: str) -> str:
    """Run it silently; return its standard output, or raise with the last line of what it said."""
    command = ["pulumi", *arguments, "--non-interactive"]
    result = _read(command)
    if result.returncode != 0 and "EOF" in result.stderr and mend_state():
        result = _read(command)
    if result.returncode != 0:
        found = (result.stderr.strip().splitlines() or ["no message"])[-1]
        todo = _what_to_do(found)
        raise ProviderError(f"`pulumi {' '.join(arguments[:2])}` succeeds", found.removeprefix("error: "), todo)
    return result.stdout


def _read(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=variables(), capture_output=True, text=True, check=False)


def mend_state() -> bool:
    """Remove the empty files that a killed `pulumi` leaves beside its state: content types, which nobody needs.

    It writes the state itself whole or not at all, but an empty `.attrs` makes it unreadable ("EOF").
    """
    url = variables()["PULUMI_BACKEND_URL"]
    files = Path(url.removeprefix("file://")).glob(".pulumi/**/*.attrs") if url.startswith("file://") else ()
    empty = [path for path in files if path.stat().st_size == 0]
    for path in empty:
        path.unlink(missing_ok=True)
    return bool(empty)


def _what_to_do(found: str) -> str:
    known = variables()
    if "passphrase" in found.lower():
        kept = known.get("PULUMI_CONFIG_PASSPHRASE_FILE", "the variable PULUMI_CONFIG_PASSPHRASE")
        return f"it has to be the one the stack was made with; it is read from {kept}. Without it no key can be read"
    if "JSON" in found:
        state = known["PULUMI_BACKEND_URL"].removeprefix("file://")
        return (
            f"the state file is damaged: in {state}/.pulumi/stacks put the `.json.bak` beside it in its place, "
            "or a copy of your own, then again"
        )
    return f"see whether {known['PULUMI_BACKEND_URL']} can be read; `make setup` makes what is missing"


def stacks() -> list[str]:
    return [stack["name"] for stack in json.loads(read("stack", "ls", "--json"))]


def make_stack(name: str) -> None:
    """Make the stack if there is none of this name; its salt goes into the environment's own file."""
    if name not in stacks():
        leftovers.announce(name)
        environments.file_of(name)
        read("stack", "init", name, "--no-select")


def outputs(name: str) -> Mapping[str, Any]:
    """The stack's outputs, secrets included; SpecError-like refusal when it has none yet."""
    if name not in stacks():
        raise ProviderError(f"a stack named {name}", ", ".join(stacks()) or "none", f"run `eigenherd up {name}`")
    value: Mapping[str, Any] = json.loads(read("stack", "output", "--json", "--show-secrets", "--stack", name))
    return value


def text_output(name: str, key: str) -> str:
    """One output as the text the program exported; Pulumi shows JSON text as the value it holds."""
    found = outputs(name)
    if key not in found:
        raise ProviderError(
            f"{name} with an output `{key}`", "a stack that never came up", f"run `eigenherd up {name}`"
        )
    value = found[key]
    return value if isinstance(value, str) else json.dumps(value)


def config_file(name: str) -> tuple[str, ...]:
    return ("--stack", name, "--config-file", str(environments.file_of(name)))
