"""What the gate of the GPU said last."""

import json
from typing import Any

from pyinfra.api.facts import FactBase

STATE = "/run/eigenherd-gpu/gate.json"


class GateState(FactBase[dict[str, Any]]):
    """The gate's own state; empty where it has not been asked since the machine started."""

    default = dict

    def command(self) -> str:
        return f"cat {STATE} 2>/dev/null || true"

    def process(self, output: list[str]) -> dict[str, Any]:
        state: dict[str, Any] = json.loads("\n".join(output) or "{}")
        return state
