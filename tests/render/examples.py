"""Handovers on paper: one for each example environment, and one for each way the gateway can be."""

from functools import cache
from pathlib import Path

import yaml

from plan import catalog
from plan.derive import choose
from plan.environment import load
from plan.ledger import Ledger
from plan.machine import Handover, Machine, Secrets
from plan.plan import Gateway, Gpu, Plan
from stacks.keys import make

EXAMPLES = Path(__file__).resolve().parents[2] / "stacks" / "examples"
GATEWAYS: dict[str, dict[str, object]] = {
    "acme": {"host": "ki.example.org", "tls": "acme", "allow": ("203.0.113.0/29",)},
    "files": {"host": "ki.example.org", "tls": "files", "files": ("chain.pem", "key.pem"), "http": "closed"},
    "everybody": {"allow": ()},
    "address": {"host": "2001:db8::7", "port": 8443, "log_names": True, "allow": ("2001:db8::/64",)},
}


def plan_of(example: str) -> Plan:
    """The plan even of an example that is refused today, for a provider or a model that comes later."""
    text = (EXAMPLES / f"{example}.yaml").read_text()
    environment = yaml.safe_load(text)["config"]["eigenherd:environment"]
    if environment.get("machine", {}).get("provider") == "robot":
        environment["machine"] = {"provider": "existing", "address": "203.0.113.9", "harden": True}
    return choose(load(environment), example, Ledger())


def on_cards(count: int, engine: str = "ollama", example: str = "ollama") -> Handover:
    """An example's plan as it would be on a machine with so many cards, for an engine of one's choice."""
    plan = plan_of(example)
    row = catalog.gpu("RTX 4090").model_dump()
    gpu = Gpu.model_validate({key: row[key] for key in Gpu.model_fields if key in row} | {"count": count})
    [machine] = plan.machines
    return handover_of(
        plan.model_copy(
            update={
                "machines": (machine.model_copy(update={"gpu": gpu}),),
                "engine": plan.engine.model_copy(update={"name": engine, "device": "cuda"}),
            }
        )
    )


def handover_of(plan: Plan) -> Handover:
    machines = tuple(
        Machine(
            name=planned.name,
            instance="1",
            state="running",
            address=f"192.0.2.{10 + number}",
            ipv6=f"2001:db8::{10 + number}",
            private_address=f"10.0.0.{10 + number}",
            port=22,
            user="root",
            sudo=False,
            host_keys=(),
        )
        for number, planned in enumerate(plan.machines)
    )
    host = plan.gateway.host or machines[0].address
    key, certificate = make("ca", host)
    mine = plan.gateway.tls == "files"
    secrets = Secrets(
        ca_certificate="" if mine else certificate,
        ca_key="" if mine else key,
        certificate=certificate if mine else "",
        certificate_key=key if mine else "",
        clients={client.name: make("token", "")[0] for client in plan.clients},
    )
    return Handover(plan=plan, machines=machines, secrets=secrets, folder="/nowhere")


@cache
def handovers() -> dict[str, Handover]:
    found = {path.stem: handover_of(plan_of(path.stem)) for path in sorted(EXAMPLES.glob("*.yaml"))}
    sandbox = plan_of("sandbox")
    for name, changes in GATEWAYS.items():
        gateway = Gateway.model_validate(sandbox.gateway.model_dump() | changes)
        found[f"gateway-{name}"] = handover_of(sandbox.model_copy(update={"gateway": gateway}))
    return found
