"""A server of Hetzner Cloud as the other rooms know it: met once, with a host key that only it has."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider, changed

# Another server is another machine.
IDENTITY = ("instance",)
# What the same one is told anew.
SETTINGS = ("planned", "home", "address", "ipv6", "device")


class HcloudMachineProvider(Provider):
    """`machine` is plan.machine.Machine as JSON. The private keys are inputs and no outputs.

    The server itself is another resource: delete has nothing to do, and read asks only whether it answers.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks.hcloud import first_contact

        planned, home, born = self._born(props)
        met = first_contact.meet(born, planned, home, props["user_private"], self._say(born.name))
        self._mount(met, props)
        return CreateResult(f"hcloud-{props['instance']}", self._outs(props, met))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        _, _, born = self._born(news)
        met = born.model_copy(update={"host_keys": tuple(olds["machine"]["host_keys"])})
        self._mount(met, news)
        return UpdateResult(self._outs(news, met))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from pathlib import Path

        from plan.machine import Machine
        from plan.plan import MachinePlan
        from stacks import reach

        known, planned = Machine(**props["machine"]), MachinePlan.model_validate_json(props["planned"])
        answers = reach.answers(known, planned, Path(props["home"]) / "ssh_config")
        if not answers:
            print(f"{known.name}: the server does not answer", flush=True)
        state = "running" if answers else "stopped"
        return ReadResult(id_, {**props, "machine": {**props["machine"], "state": state}})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = changed(IDENTITY, olds, news)
        stopped = olds["machine"]["state"] != "running"
        changes = stopped or bool(changed((*IDENTITY, *SETTINGS), olds, news))
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=True)

    def _born(self, props: dict[str, Any]) -> Any:
        from pathlib import Path

        from plan.machine import Machine
        from plan.plan import MachinePlan

        planned = MachinePlan.model_validate_json(props["planned"])
        born = Machine(
            name=planned.name,
            instance=props["instance"],
            state="running",
            address=props["address"],
            ipv6=props["ipv6"] or None,
            private_address=str(planned.provider_settings["private_ip"]),
            port=22,
            user="root",
            sudo=False,
            host_keys=(props["host_public"],),
        )
        return planned, Path(props["home"]), born

    def _mount(self, met: Any, props: dict[str, Any]) -> None:
        from stacks.hcloud import first_contact

        planned, home, _ = self._born(props)
        if props["device"]:
            first_contact.mount(met, planned, home, props["user_private"], props["device"])

    def _say(self, name: str) -> Any:
        return lambda line: print(f"{name}: {line}", flush=True)

    def _outs(self, props: dict[str, Any], met: Any) -> dict[str, Any]:
        return {**{key: props[key] for key in (*IDENTITY, *SETTINGS)}, "machine": met.model_dump(mode="json")}


class HcloudMachine(Resource, name="HcloudMachine"):
    """planned: the JSON of plan.plan.MachinePlan. home: the stack's folder. server: a CloudServer. keys: a KeyPair."""

    machine: pulumi.Output[dict[str, Any]]

    def __init__(
        self, name: str, planned: str, home: str, server: Any, keys: Any, options: pulumi.ResourceOptions
    ) -> None:
        properties = {
            "planned": planned,
            "home": home,
            "instance": server.id,
            "address": server.ipv4,
            "ipv6": server.ipv6,
            "device": server.device,
            "host_public": keys.host_public,
            "user_private": pulumi.Output.secret(keys.user_private),
            "machine": None,
        }
        super().__init__(HcloudMachineProvider(), name, properties, options)
