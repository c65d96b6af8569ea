"""Runs the whole Pulumi program under Pulumi's mocks, and prints what it asked for as one JSON object.

python -m tests.unit.stacks.hcloud.program PREVIEW < {"environment": ..., "config": {...}}
A process of its own: the program changes its own process, as it may.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from stacks import keys

PROGRAM = Path(__file__).resolve().parents[4] / "stacks" / "__main__.py"
FIRST_ID = 1000


class Recorder(Mocks):
    """Gives numbers as ids, as the API does, and remembers every resource. said: what the user was told."""

    def __init__(self) -> None:
        self.resources: list[dict[str, Any]] = []
        self.said: list[str] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        id_ = str(FIRST_ID + len(self.resources))
        self.resources.append({"type": args.typ, "name": args.name, "inputs": args.inputs, "id": id_})
        kind = args.typ.rpartition(":")[2]
        made = getattr(self, f"_{kind.lower()}", lambda _inputs: {})(args.inputs)
        return id_, {**args.inputs, **made}

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        raise NotImplementedError(args.token)

    def _secret(self, inputs: dict[str, Any]) -> dict[str, Any]:
        private, public = keys.make(inputs["kind"], inputs.get("host") or "ki.example.org")
        return {"private": private, "public": public}

    def _primaryip(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {"ipAddress": "198.51.100.7" if inputs["type"] == "ipv4" else "2001:db8:7::1"}

    def _server(self, _inputs: dict[str, Any]) -> dict[str, Any]:
        return {"ipv6Address": "2001:db8:7::1"}

    def _volume(self, _inputs: dict[str, Any]) -> dict[str, Any]:
        return {"linuxDevice": "/dev/disk/by-id/scsi-0HC_Volume_1"}

    def _hcloudmachine(self, inputs: dict[str, Any]) -> dict[str, Any]:
        planned = json.loads(inputs["planned"])
        machine = {
            "name": planned["name"],
            "instance": inputs["instance"],
            "state": "running",
            "address": inputs["address"],
            "ipv6": inputs["ipv6"],
            "private_address": planned["provider_settings"]["private_ip"],
            "port": 22,
            "user": "root",
            "sudo": False,
            "host_keys": ["ssh-ed25519 AAAA"],
        }
        return {"machine": machine}

    def _deployment(self, _inputs: dict[str, Any]) -> dict[str, Any]:
        return {"run": "first", "mended": ""}


def main() -> None:
    asked = json.loads(sys.stdin.read())
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="eigenherd", stack="cloud", preview=sys.argv[1] == "preview")
    config = {"eigenherd:environment": json.dumps(asked["environment"]), **asked["config"]}
    pulumi.runtime.set_all_config(config)
    pulumi.log.info = lambda message, *_, **__: recorder.said.append(message)

    @pulumi.runtime.test
    def run() -> None:
        runpy.run_path(str(PROGRAM), run_name="__main__")

    refused = ""
    try:
        run()
    except pulumi.RunError as error:
        refused = str(error)
    print(json.dumps({"resources": recorder.resources, "said": recorder.said, "refused": refused}))


if __name__ == "__main__":
    main()
