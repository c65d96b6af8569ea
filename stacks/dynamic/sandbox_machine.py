"""A machine on this computer, made by stacks.sandbox."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider, changed

# What a machine is made from: another value is another machine. network: the stack's IPv4 network.
IDENTITY = ("stack", "name", "os", "disk_gib", "host_public", "network", "cards")
# What a machine can be given while it exists; it restarts for it.
SETTINGS = ("memory_gib", "authorized")


class SandboxMachineProvider(Provider):
    """`machine` is plan.machine.Machine as JSON; its instance is new on every creation, and is the id.

    A stopped machine is read as such, and an update starts the same disk again. The id is empty only when
    nothing of it is left. The private host key is an input and no output: it is needed once.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks.sandbox import machine

        made = machine.create(
            props["stack"],
            props["name"],
            props["os"],
            props["memory_gib"],
            props["disk_gib"],
            props["host_private"],
            props["host_public"],
            props["authorized"],
            props.get("layer"),
            props.get("cards", ""),
            say=lambda line: print(f"{props['name']}: {line}", flush=True),
        )
        return CreateResult(made.instance, self._outs(props, made))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from stacks.sandbox import machine

        state = machine.state(props["stack"], props["name"], id_)
        if state != "running":
            print(f"{props['name']}: the machine is {state}", flush=True)
        if state == "gone":
            return ReadResult("", {})
        return ReadResult(id_, {**props, "machine": {**props["machine"], "state": state}})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        # A machine outlives the version of this code that made it.
        olds, news = {"cards": "", **olds}, {"cards": "", **news}
        replaces = changed(IDENTITY, olds, news)
        stopped = olds["machine"]["state"] != "running"
        changes = stopped or bool(changed((*IDENTITY, *SETTINGS), olds, news))
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=True)

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from uuid import uuid4

        from stacks.sandbox import machine

        made = machine.settle(machine.found(news["stack"], news["name"], id_), news["memory_gib"], news["authorized"])
        # It runs anew, so the stages after it look at it anew.
        return UpdateResult(self._outs(news, made, started=uuid4().hex))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        from stacks.sandbox import machine

        machine.delete(props["stack"], props["name"], id_)

    def _outs(self, props: dict[str, Any], made: Any, started: str = "") -> dict[str, Any]:
        machine = {
            "name": made.name,
            "instance": made.instance,
            "state": "running",
            "started": started,
            "address": made.ipv4,
            "ipv6": made.ipv6,
            "private_address": made.ipv4,
            "port": 22,
            "user": "root",
            "sudo": False,
            "host_keys": [made.host_key],
        }
        return {**{key: props.get(key, "") for key in (*IDENTITY, *SETTINGS)}, "machine": machine}


class SandboxMachine(Resource, name="SandboxMachine"):
    """host_private, host_public: its SSH host key. authorized: the public key that may log in as root.

    network: the SandboxNetwork's IPv4 network. layer: the deployed layer to start from, if any.
    cards: simulated ones, as JSON.
    """

    machine: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        stack: str,
        os: str,
        memory_gib: float,
        disk_gib: float,
        host_private: pulumi.Input[str],
        host_public: pulumi.Input[str],
        authorized: pulumi.Input[str],
        network: pulumi.Input[str],
        layer: str | None,
        cards: str,
        options: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "stack": stack,
            "name": name,
            "os": os,
            "memory_gib": memory_gib,
            "disk_gib": disk_gib,
            "host_private": pulumi.Output.secret(host_private),
            "host_public": host_public,
            "authorized": authorized,
            "network": network,
            "layer": layer,
            "cards": cards,
            "machine": None,
        }
        super().__init__(SandboxMachineProvider(), name, properties, options)
