"""A machine that was there before us: looked at, never created or destroyed."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider

INPUTS = ("planned", "home")


class ExistingMachineProvider(Provider):
    """`machine` is plan.machine.Machine as JSON; its instance is the machine's own /etc/machine-id.

    One that does not answer is read as stopped: whether it runs again is asked by the next update.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        outs = self._look(props)
        return CreateResult(f"existing-{outs['machine']['name']}", outs)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._look(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from pathlib import Path

        from plan.machine import Machine
        from plan.plan import MachinePlan
        from stacks import reach
        from stacks.existing import machine

        known, planned = Machine(**props["machine"]), MachinePlan.model_validate_json(props["planned"])
        if not reach.answers(known, planned, machine.ssh_config(known, planned, Path(props["home"]))):
            print(f"{props['machine']['name']}: the machine does not answer", flush=True)
            return ReadResult(id_, {**props, "machine": {**props["machine"], "state": "stopped"}})
        return ReadResult(id_, self._look(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        stopped = olds["machine"]["state"] != "running"
        return DiffResult(changes=stopped or any(olds.get(key) != news.get(key) for key in INPUTS))

    def _look(self, props: dict[str, Any]) -> dict[str, Any]:
        from pathlib import Path

        from plan.plan import MachinePlan
        from stacks.existing import machine

        found = machine.look(MachinePlan.model_validate_json(props["planned"]), Path(props["home"]))
        return {**{key: props[key] for key in INPUTS}, "machine": found.model_dump(mode="json")}


class ExistingMachine(Resource, name="ExistingMachine"):
    """planned: the JSON of plan.plan.MachinePlan. home: the stack's folder."""

    machine: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, planned: str, home: str) -> None:
        super().__init__(ExistingMachineProvider(), name, {"planned": planned, "home": home, "machine": None})
