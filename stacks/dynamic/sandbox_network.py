"""A sandbox stack's own bridge, addresses and firewall table: made first, and its end is the end of all of it."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider


class SandboxNetworkProvider(Provider):
    """create adopts what an earlier, killed run left; delete sweeps everything that carries the stack's name.

    It is destroyed last, so it also takes the stack's own folder, if a stage was cut off before it could.
    A stack of the same name that belongs to another checkout's state is left alone.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(f"sandbox-{props['stack']}", self._ensure(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._ensure(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from stacks.sandbox import network, sweep

        if not network.owned(props["stack"], props.get("owner", "")):
            return ReadResult("", {})
        if network.whole(props["stack"]):
            return ReadResult(id_, props)
        if sweep.remains(props["stack"]):
            return ReadResult(id_, {**props, "state": "damaged"})
        return ReadResult("", {})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        moved = ["stack"] if olds.get("stack") != news.get("stack") else []
        changes = bool(moved) or olds.get("owner") != news.get("owner") or olds.get("state") != "whole"
        return DiffResult(changes=changes, replaces=moved)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from pathlib import Path

        from stacks import folder
        from stacks.sandbox import network, sweep

        if network.owned(props["stack"], props.get("owner", "")):
            sweep.sweep(props["stack"])
            if owner := props.get("owner"):
                folder.remove(Path(owner) / props["stack"])

    def _ensure(self, props: dict[str, Any]) -> dict[str, Any]:
        from stacks.sandbox import network

        made = network.ensure(props["stack"], props["owner"])
        return {
            "stack": made.stack,
            "owner": made.owner,
            "bridge": made.bridge,
            "ipv4": made.ipv4,
            "ipv6": made.ipv6,
            "state": "whole",
        }


class SandboxNetwork(Resource, name="SandboxNetwork"):
    """owner: the folder of the state that knows the stack.

    ipv4, ipv6: the stack's private networks, this computer being host 1 of both.
    """

    bridge: pulumi.Output[str]
    ipv4: pulumi.Output[str]
    ipv6: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(self, stack: str, owner: str) -> None:
        properties = {"stack": stack, "owner": owner, "bridge": None, "ipv4": None, "ipv6": None, "state": None}
        super().__init__(SandboxNetworkProvider(), "network", properties)
