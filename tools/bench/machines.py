"""Sandbox machines to measure on, with a handover as `stacks` would write it, and no Pulumi."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plan.derive import derive
from plan.environment import load
from plan.machine import Handover, Machine, Secrets
from plan.plan import Plan
from stacks import folder, keys
from stacks.sandbox import scratch
from stacks.sandbox.record import Record
from tools.bench import BenchError
from tools.bench.timing import run

MEMORY_GIB = 4


@dataclass(frozen=True)
class Machines:
    """A stack of them; the first is the gateway and an engine, the others are engines."""

    stack: str
    handover: Handover

    @property
    def json(self) -> str:
        return self.handover.model_dump_json()

    @property
    def folder(self) -> Path:
        return Path(self.handover.folder)

    def deploy(self) -> dict[str, Any]:
        """`python -m deploy`; the object on its last line."""
        printed = run([sys.executable, "-m", "deploy"], stdin=self.json)
        summary: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return summary

    def deploy_again(self) -> None:
        """A deployment that finds nothing to change."""
        if changed := self.deploy()["changed"]:
            raise BenchError(f"a second deployment of {self.stack} changed {changed} things")

    def watch(self) -> None:
        """The checks that disturb nobody."""
        run([sys.executable, "-m", "verify", "--stage", "watch"], stdin=self.json)

    def ssh(self, machine: str, command: str, stdin: str = "") -> str:
        return run(["ssh", "-F", self.folder / "ssh_config", machine, command], stdin=stdin)


def names(count: int) -> list[str]:
    return ["main", *(f"engine-{number}" for number in range(2, count + 1))]


def plan_for(stack: str, count: int) -> Plan:
    """The sandbox's plan, on so many machines."""
    machines: dict[str, Any] = {
        name: {"provider": "sandbox", "memory_gib": MEMORY_GIB, **({} if name == "main" else {"roles": ["engine"]})}
        for name in names(count)
    }
    asked = {"machines": machines, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}
    return derive(load(asked), stack)


@contextmanager
def made(stack: str, count: int = 1, layer: str | None = None) -> Iterator[Machines]:
    """Booted machines from base or from a deployed layer; gone at the end, whatever happens."""
    plan = plan_for(stack, count)
    with TemporaryDirectory(prefix="eigenherd-bench-") as at:
        try:
            records = [scratch.add(stack, name, from_layer=layer, say=lambda line: None) for name in names(count)]
            machines = Machines(stack, handover_of(stack, plan, records, Path(at) / "stack"))
            folder.write(machines.handover)
            yield machines
        finally:
            scratch.remove(stack)


def handover_of(stack: str, plan: Plan, records: list[Record], home: Path) -> Handover:
    machines = tuple(
        Machine(
            name=record.name,
            instance=record.instance,
            state="running",
            address=str(record.ipv4),
            ipv6=str(record.ipv6),
            private_address=str(record.ipv4),
            port=22,
            user="root",
            sudo=False,
            host_keys=(record.host_key,),
        )
        for record in records
    )
    ca_key, ca_certificate = keys.make("ca", machines[0].address)
    secrets = Secrets(
        ca_certificate=ca_certificate,
        ca_key=ca_key,
        certificate="",
        certificate_key="",
        clients={client.name: keys.make("token", "")[0] for client in plan.clients},
        ssh_key=scratch.key(scratch.keys(stack), "user")[0],
    )
    return Handover(plan=plan, machines=machines, secrets=secrets, folder=str(home))
