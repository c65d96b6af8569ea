"""A server rented at Hetzner: installed anew by us, or adopted with what runs there."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider

if TYPE_CHECKING:
    from plan.machine import Machine
    from plan.plan import MachinePlan
    from stacks.robot.machine import Wanted

KEPT = ("number", "planned", "stack", "host_public", "home")


class RobotServerProvider(RobotProvider):
    """`machine` is plan.machine.Machine as JSON; its instance is new with every installation.

    Another number is another server. Another system, generation or host key is an update that installs anew: a
    replacement would first delete, and that may cancel. delete cancels only where `cancel` has the number.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(f"robot-{int(props['number'])}", self._ensure(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from stacks.robot import shell

        machine, number = props["machine"], int(props["number"])
        with self.robot(machine["name"]) as robot:
            found = robot.found(f"/server/{number}")
        if found is None:
            return ReadResult("", {})
        if found["server"]["cancelled"]:
            print(f"{machine['name']}: server {number} is cancelled", flush=True)
        there = [" ".join(key.split()[:2]) for key in shell.key_there(machine["address"], int(machine["port"]))]
        if not set(there) & {" ".join(key.split()[:2]) for key in machine["host_keys"]}:
            print(f"{machine['name']}: server {number} does not answer with its host key", flush=True)
            return ReadResult(id_, {**props, "machine": {**machine, "state": "stopped"}})
        return ReadResult(id_, {**props, "machine": {**machine, "state": "running"}})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        stopped = olds["machine"]["state"] != "running"
        changes = stopped or bool(changed(KEPT, olds, news))
        return DiffResult(changes=changes, replaces=changed(("number",), olds, news), delete_before_replace=True)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from uuid import uuid4

        running, adopted = olds["machine"]["state"] == "running", _planned(news).provider_settings.get("adopt")
        if running or adopted or changed(KEPT, olds, news):
            return UpdateResult(self._ensure(news))
        from stacks.robot import machine

        wanted = _wanted(news)
        with self.robot(wanted.planned.name) as robot:
            machine.start(robot, wanted, olds["machine"]["address"])
            made = machine.ensure(robot, wanted)
        # It runs anew, so the stages after it look at it anew.
        return UpdateResult(self._outs(news, made, started=uuid4().hex))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from stacks.robot import cancellation, orders

        planned, number = _planned(props), int(props["number"])
        if planned.provider_settings.get("cancel") != number:
            print(f"{planned.name}: server {number} stays rented; `cancel: {number}` would cancel it", flush=True)
            return
        with self.robot(planned.name) as robot:
            if robot.found(f"/server/{number}"):
                print(f"{planned.name}: server {number} ends {cancellation.cancel(robot, number)}", flush=True)
        orders.forget(props["stack"], planned.name)

    def _ensure(self, props: dict[str, Any]) -> dict[str, Any]:
        from stacks.robot import machine

        planned = _planned(props)
        with self.robot(planned.name) as robot:
            if not planned.provider_settings.get("adopt"):
                return self._outs(props, machine.ensure(robot, _wanted(props)))
            from stacks.existing import machine as existing

            leaves = bool(planned.provider_settings.get("leaves_germany"))
            address = machine.usable(robot, int(props["number"]), leaves)
            settings = {**planned.provider_settings, "address": address}
            found = existing.look(planned.model_copy(update={"provider_settings": settings}), Path(props["home"]))
            return self._outs(props, found)

    def _outs(self, props: dict[str, Any], made: "Machine", started: str = "") -> dict[str, Any]:
        shown = {**made.model_dump(mode="json"), "started": started}
        return {**{key: props[key] for key in KEPT}, "machine": shown}


def _planned(props: dict[str, Any]) -> "MachinePlan":
    from plan.plan import MachinePlan

    return MachinePlan.model_validate_json(props["planned"])


def _wanted(props: dict[str, Any]) -> "Wanted":
    from stacks.robot.machine import Wanted

    planned = _planned(props)
    return Wanted(
        number=int(props["number"]),
        planned=planned,
        hostname=f"{props['stack']}-{planned.name}"[:63].rstrip("-"),
        host_private=props["host_private"],
        host_public=props["host_public"],
        private_key=props["private_key"],
        authorized=props["authorized"],
        home=Path(props["home"]),
    )


class RobotServer(Resource, name="RobotServer"):
    """planned: the JSON of plan.plan.MachinePlan. home: the stack's folder. The private keys are no outputs."""

    machine: pulumi.Output[dict[str, Any]]
    number: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        stack: str,
        planned: str,
        number: pulumi.Input[int],
        home: str,
        host_private: pulumi.Input[str],
        host_public: pulumi.Input[str],
        private_key: pulumi.Input[str],
        authorized: pulumi.Input[str],
        options: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "stack": stack,
            "planned": planned,
            "number": number,
            "home": home,
            "host_private": pulumi.Output.secret(host_private),
            "host_public": host_public,
            "private_key": pulumi.Output.secret(private_key),
            "authorized": authorized,
            "machine": None,
        }
        super().__init__(RobotServerProvider(), name, properties, options)
