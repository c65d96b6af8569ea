"""Gathers what the stages need: the plan, the machines that exist and the stack's secrets, as one value."""

from dataclasses import dataclass
from typing import Any

import pulumi

from plan.machine import Handover, Machine, Secrets
from plan.plan import Plan
from stacks import apt_lock, certificate, folder, ssh
from stacks.dynamic.secret import Secret
from stacks.providers import KeyPair


@dataclass(frozen=True)
class Given:
    """The handover as JSON (secret), and what of it the stack shows."""

    json: pulumi.Output[str]
    url: pulumi.Output[str]
    addresses: pulumi.Output[dict[str, str]]
    ca_certificate: pulumi.Output[str]
    clients: pulumi.Output[dict[str, str]]


class StackKeys(dict[str, KeyPair]):
    """A host key for each machine, and the one user key that opens them all."""

    user: pulumi.Output[str] | str = ""


def ssh_keys(plan: Plan) -> StackKeys:
    """Existing machines bring their own keys: theirs stay unused, and so are not made."""
    keys = StackKeys()
    made = [planned for planned in plan.machines if not ssh.is_anothers(planned)]
    user = Secret("ssh-key", "ssh") if made else None
    keys.user = user.private if user else ""
    for planned in plan.machines:
        host = Secret(f"{planned.name}-host-key", "ssh") if planned in made else None
        nothing = pulumi.Output.from_input("")
        keys[planned.name] = KeyPair(
            host.private if host else nothing,
            host.public if host else nothing,
            user.public if user else nothing,
            user.private if user else nothing,
        )
    return keys


def assemble(plan: Plan, machines: list[pulumi.Output[dict[str, Any]]], keys: StackKeys) -> Given:
    host = _host(plan, machines)
    ca = Secret("ca", "ca", host=host) if plan.gateway.tls == "internal" else None
    clients = pulumi.Output.all(
        **{c.name: Secret(f"client-{c.name}", "token", c.generation).private for c in plan.clients}
    )
    chain, key = certificate.files(plan.gateway)
    secrets = pulumi.Output.all(
        ca_certificate=ca.public if ca else "",
        ca_key=ca.private if ca else "",
        certificate=chain,
        certificate_key=pulumi.Output.secret(key),
        clients=clients,
        ssh_key=keys.user,
    )
    debs = apt_lock.read(plan)
    whole = pulumi.Output.all(machines=pulumi.Output.all(*machines), secrets=secrets).apply(
        lambda value: Handover(
            plan=plan,
            machines=tuple(Machine(**machine) for machine in value["machines"]),
            secrets=Secrets(**value["secrets"]),
            folder=str(folder.of(plan.stack)),
            debs=debs,
        )
    )
    return Given(
        json=pulumi.Output.secret(whole.apply(lambda handover: handover.model_dump_json())),
        url=host.apply(plan.gateway.url),
        addresses=pulumi.Output.all(*machines).apply(lambda all_: {m["name"]: m["address"] for m in all_}),
        ca_certificate=pulumi.Output.from_input(ca.public if ca else ""),
        clients=pulumi.Output.secret(clients),
    )


def _host(plan: Plan, machines: list[pulumi.Output[dict[str, Any]]]) -> pulumi.Output[str]:
    """The name clients use: the environment's, or the gateway machine's address."""
    gateway = machines[plan.machines.index(plan.gateway_machine())]
    return pulumi.Output.from_input(plan.gateway.host) if plan.gateway.host else gateway["address"]
