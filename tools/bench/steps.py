"""`python -m tools.bench.steps` reads a handover and lists the operations of its deployment, with what they are given.

From this list the other ways (a playbook, a shell script) are written, so that they reach and check the
same end state whatever the deployment becomes. The list holds secrets: it goes through a pipe only.
"""

from gevent import monkey  # type: ignore[import-untyped]

if __name__ == "__main__":
    monkey.patch_all()  # before anything that opens a socket is imported

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from pydantic import BaseModel

from tools.bench import BenchError
from tools.bench.timing import run


@dataclass(frozen=True)
class Step:
    """An operation of the deployment. given: its arguments, as plain values."""

    name: str
    operation: str
    given: dict[str, Any]


def of(handover_json: str) -> dict[str, list[Step]]:
    """Each machine's steps, in order. A process of its own, for pyinfra patches it with gevent."""
    printed = run([sys.executable, "-m", "tools.bench.steps"], stdin=handover_json)
    listed: dict[str, list[dict[str, Any]]] = json.loads(printed.splitlines()[-1])
    return {machine: [Step(**step) for step in steps] for machine, steps in listed.items()}


def main() -> None:
    from pyinfra.api.state import StateStage

    from deploy.command import PATIENCE_S
    from deploy.display import Display
    from deploy.main import deploy
    from deploy.run import Run
    from plan.machine import Handover

    handover = Handover.read()
    prepared = Run(handover, Display(handover), dry=True, patience_s=PATIENCE_S)
    prepared.phase(StateStage.Connect, prepared.connect)
    prepared.phase(StateStage.Prepare, lambda host: deploy(handover, host.data.machine))
    if prepared.outcome.failed:
        raise BenchError(f"{prepared.outcome.failed[0].operation}: {prepared.outcome.failed[0].cause}")
    listed = {}
    for host in prepared.hosts:
        operations = prepared.operations(host)
        listed[host.name] = [step(name, prepared.state.ops[host][op].command_generator) for name, op in operations]
        host.disconnect()
    print(json.dumps(listed))


def step(name: str, generator: Callable[..., Any]) -> dict[str, Any]:
    """What pyinfra keeps of an operation is the function that performs it; its arguments are bound in there."""
    bound = inspect.getclosurevars(generator).nonlocals
    function, given = bound["func"], inspect.signature(bound["func"]).bind(*bound["args"], **bound["kwargs"])
    given.apply_defaults()
    operation = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    return asdict(Step(name, operation, {key: plain(value) for key, value in given.arguments.items()}))


def plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


if __name__ == "__main__":
    main()
