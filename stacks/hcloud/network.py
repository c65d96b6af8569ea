"""The stack's private network: a cloud subnet, one for each coupled vSwitch, and routes through its machines."""

import ipaddress

import pulumi
import pulumi_hcloud as hcloud

from plan.derive.hcloud import CLOUD_SUBNET, COUPLED_ZONE, NETWORK, VSWITCH_SUBNET
from plan.plan import MachinePlan, Plan
from stacks.hcloud.labels import labels, name


def _beside(subnet: str, number: int) -> str:
    """The subnet itself, or one like it further on: they lie in steps of 16 in the network."""
    first = ipaddress.IPv4Network(subnet)
    return f"{first.network_address + 16 * number * first.num_addresses}/{first.prefixlen}"


class PrivateNetwork(pulumi.ComponentResource):
    """id: the network's. subnets: what a server in it has to wait for. key: the stack's one SSH key, made once.

    group: a placement group that keeps several servers on different hosts; None for one.
    """

    id: pulumi.Output[int]
    subnets: list[pulumi.Resource]
    group: hcloud.PlacementGroup | None

    def __init__(self, plan: Plan) -> None:
        super().__init__("eigenherd:hcloud:Network", "hcloud-network")
        self._plan = plan
        self._key: hcloud.SshKey | None = None
        servers = [machine for machine in plan.machines if machine.provider == "hcloud"]
        vswitches = [machine for machine in servers if "vswitch" in machine.provider_settings]
        network = hcloud.Network(
            "network",
            name=name(plan, "network"),
            ip_range=NETWORK,
            expose_routes_to_vswitch=bool(vswitches),
            labels=labels(plan),
            opts=self._mine(),
        )
        self.id = network.id.apply(int)
        zones = dict.fromkeys(str(machine.provider_settings["zone"]) for machine in servers)
        self.subnets = [self._cloud(zone, number) for number, zone in enumerate(zones)]
        self.subnets += [self._vswitch(machine, number) for number, machine in enumerate(vswitches)]
        for machine in servers:
            self._routes(machine)
        self.group = self._spread() if len(servers) > 1 else None
        self.register_outputs({"id": self.id})

    def key(self, public: pulumi.Input[str]) -> hcloud.SshKey:
        if self._key is None:
            plan = self._plan
            self._key = hcloud.SshKey(
                "ssh-key", name=name(plan, "ssh-key"), public_key=public, labels=labels(plan), opts=self._mine()
            )
        return self._key

    def _mine(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _cloud(self, zone: str, number: int) -> hcloud.NetworkSubnet:
        return hcloud.NetworkSubnet(
            f"subnet-{zone}",
            network_id=self.id,
            type="cloud",
            network_zone=zone,
            ip_range=_beside(CLOUD_SUBNET, number),
            opts=self._mine(),
        )

    def _vswitch(self, machine: MachinePlan, number: int) -> hcloud.NetworkSubnet:
        return hcloud.NetworkSubnet(
            f"vswitch-{machine.name}",
            network_id=self.id,
            type="vswitch",
            network_zone=COUPLED_ZONE,
            ip_range=_beside(VSWITCH_SUBNET, number),
            vswitch_id=int(machine.provider_settings["vswitch"]),
            opts=self._mine(*self.subnets),
        )

    def _routes(self, machine: MachinePlan) -> None:
        for destination in str(machine.provider_settings.get("routes") or "").split():
            hcloud.NetworkRoute(
                f"route-{destination}",
                network_id=self.id,
                destination=destination,
                gateway=str(machine.provider_settings["private_ip"]),
                opts=self._mine(*self.subnets),
            )

    def _spread(self) -> hcloud.PlacementGroup:
        plan = self._plan
        return hcloud.PlacementGroup(
            "placement", name=name(plan, "placement"), type="spread", labels=labels(plan), opts=self._mine()
        )
