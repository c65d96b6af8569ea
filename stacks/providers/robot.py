"""A server rented at Hetzner, over its Robot webservice. Never run against the real API."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from plan.plan import MachinePlan, Plan
from stacks import folder, ssh
from stacks.dynamic.robot_firewall import RobotFirewall
from stacks.dynamic.robot_key import RobotKey
from stacks.dynamic.robot_order import ORDER, RobotOrder
from stacks.dynamic.robot_ptr import RobotPtr
from stacks.dynamic.robot_server import RobotServer
from stacks.dynamic.robot_vswitch import RobotVSwitch
from stacks.providers import KeyPair
from stacks.robot import account, firewalls


@dataclass
class Land:
    """What the stack's servers share: its key in Robot, and the vSwitch of those that have come so far."""

    title: str
    key: RobotKey | None = None
    numbers: list[pulumi.Input[int]] = field(default_factory=list)

    def fingerprint(self, public: pulumi.Output[str]) -> pulumi.Output[str]:
        self.key = self.key or RobotKey(self.title, public)
        return self.key.fingerprint


def network(plan: Plan) -> Land:
    """Robot's key needs the stack's, so it is made with the first server; a missing account is said at once."""
    config = pulumi.Config("eigenherd")
    account.of(lambda key: config.get(key.removeprefix("eigenherd:")))
    return Land(f"eigenherd-{plan.stack}")


def machine(planned: MachinePlan, plan: Plan, keys: KeyPair, land: Land) -> pulumi.Output[dict[str, Any]]:
    """The server, and around it what it has in Robot; nothing is deployed before all of that is there."""
    settings = planned.provider_settings
    adopted = ssh.is_anothers(planned)
    fingerprint = pulumi.Output.from_input("") if adopted else land.fingerprint(keys.user_public)
    number: pulumi.Input[int] = int(settings.get("server", 0)) or _order(planned, plan, fingerprint)
    made = RobotServer(
        planned.name,
        plan.stack,
        planned.model_dump_json(),
        number,
        str(folder.of(plan.stack)),
        keys.host_private,
        keys.host_public,
        keys.user_private,
        keys.user_public,
        pulumi.ResourceOptions(depends_on=[land.key] if land.key else []),
    )
    # After it: it refuses a server that must not be used before anything changes.
    around: list[pulumi.Resource] = []
    if planned.harden:
        around.append(
            RobotFirewall(planned.name, made.number, firewalls.rules(doors(planned, plan), "vlan" in settings))
        )
    if "ptr" in settings:
        around.append(RobotPtr(planned.name, made.machine.apply(lambda one: one["address"]), str(settings["ptr"])))
    if "vlan" in settings:
        land.numbers.append(made.number)
        if planned.name == _last_in_vswitch(plan):
            around.append(RobotVSwitch(land.title, int(settings["vlan"]), land.numbers))
    return pulumi.Output.all(made.machine, *(one.urn for one in around)).apply(lambda values: dict(values[0]))


def _order(planned: MachinePlan, plan: Plan, fingerprint: pulumi.Output[str]) -> pulumi.Output[int]:
    asked = {key: str(planned.provider_settings[f"order_{key}"]) for key in ORDER}
    return RobotOrder(planned.name, plan.stack, asked, fingerprint).server


def doors(planned: MachinePlan, plan: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name, port and networks of what is reached from outside."""
    found = [("ssh", "22", planned.ssh_allow)]
    gateway = plan.gateway
    if "gateway" in planned.roles:
        found.append(("gateway", str(gateway.port), gateway.allow))
        if gateway.http == "redirect":
            found.append(("redirect", "80", () if gateway.tls == "acme" else gateway.allow))
    return found


def _last_in_vswitch(plan: Plan) -> str:
    return [one.name for one in plan.machines if one.provider == "robot" and "vlan" in one.provider_settings][-1]
