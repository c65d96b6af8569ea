"""The gate of the GPU: open, or the deployment ends with its reason."""

import shlex
from hashlib import sha256

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import PathState
from deploy.facts.gpu_gate import STATE, GateState
from deploy.operations.units import journal
from deploy.record import Commands

GATE, RESPONDER = "eigenherd-gpu-gate.service", "eigenherd-gpu-responder.service"
TOLD = f"""sed -n 's/^ "reason": "\\(.*\\)",$/\\1/p' {STATE}"""


@operation()
def gate_is_open(text: str, engine: str) -> Commands:
    """The cards were found as these settings want them. Waiting for an engine that cannot start would take long.

    The engine is enabled in any case: it starts by itself when the card comes.
    """
    found = host.get_fact(GateState)
    if not found.get("ok") or found.get("settings") != sha256(text.encode()).hexdigest():
        refused = f"{{ {journal(GATE)}; {TOLD} >&2; exit 1; }}"
        yield StringCommand(f"systemctl daemon-reload && systemctl enable --quiet {engine}")
        yield StringCommand(f"systemctl start {GATE} || {refused}")


@operation()
def no_gate(units: tuple[str, ...], paths: list[str]) -> Commands:
    """Nothing of it is left; its settings, the last of the paths, stand for all."""
    if host.get_fact(PathState, path=paths[-1]) is not None:
        names = " ".join(units)
        yield StringCommand(f"systemctl disable --quiet --now {names} || true")
        yield StringCommand(f"systemctl reset-failed {names} 2>/dev/null || true")
        yield StringCommand(f"rm -rf {shlex.join(paths)} {STATE.rpartition('/')[0]} && systemctl daemon-reload")
