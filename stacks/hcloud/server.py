"""A server with its two addresses, its firewall and its volume."""

from collections.abc import Sequence

import pulumi
import pulumi_hcloud as hcloud

from plan.plan import MachinePlan, Plan
from stacks.hcloud.firewall import firewall
from stacks.hcloud.first_boot import user_data
from stacks.hcloud.labels import labels, name
from stacks.hcloud.network import PrivateNetwork
from stacks.hcloud.volume import volume
from stacks.providers import KeyPair

# What was given in at birth: another value would be another server, and the first contact has changed it anyway.
AT_BIRTH = ["ssh_keys", "user_data"]


def _given_in(keys: KeyPair) -> pulumi.Output[str]:
    """Secret, because the key it is made of is."""
    given: pulumi.Input[str] = pulumi.Output.all(keys.host_private, keys.host_public).apply(
        lambda pair: user_data(*pair)
    )
    return pulumi.Output.secret(given)


class CloudServer(pulumi.ComponentResource):
    """id: the server's, new on every creation. ipv4, ipv6: public addresses, which outlive it.

    device: where its volume is, empty without one. ready: what has to be there before somebody connects.
    """

    id: pulumi.Output[str]
    ipv4: pulumi.Output[str]
    ipv6: pulumi.Output[str]
    device: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]

    def __init__(self, planned: MachinePlan, plan: Plan, keys: KeyPair, network: PrivateNetwork) -> None:
        super().__init__("eigenherd:hcloud:Server", f"{planned.name}-server")
        settings = planned.provider_settings
        mine = pulumi.ResourceOptions(parent=self)
        ipv4, ipv6 = (self._address(type_, planned, plan) for type_ in ("ipv4", "ipv6"))
        wall, disk = firewall(planned, plan, mine), volume(planned, plan, mine)
        server = hcloud.Server(
            planned.name,
            name=name(plan, planned.name),
            server_type=str(settings["type"]),
            image=planned.os,
            location=str(settings["location"]),
            ssh_keys=[network.key(keys.user_public).id],
            user_data=_given_in(keys),
            public_nets=[
                hcloud.ServerPublicNetArgs(
                    ipv4_enabled=True, ipv4=ipv4.id.apply(int), ipv6_enabled=True, ipv6=ipv6.id.apply(int)
                )
            ],
            networks=[hcloud.ServerNetworkArgs(network_id=network.id, ip=str(settings["private_ip"]), alias_ips=[])],
            firewall_ids=[wall.id.apply(int)],
            placement_group_id=network.group.id.apply(int) if network.group else None,
            labels=labels(plan, planned.name),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=network.subnets,
                ignore_changes=AT_BIRTH,
                additional_secret_outputs=["user_data"],
                delete_before_replace=True,
            ),
        )
        attached = self._attach(server, disk, planned.name)
        self.id, self.ipv4, self.ipv6 = server.id, ipv4.ip_address, server.ipv6_address
        self.device = disk.linux_device if disk else pulumi.Output.from_input("")
        self.ready = [server, *attached]
        self.register_outputs({"id": self.id, "ipv4": self.ipv4, "ipv6": self.ipv6})

    def _address(self, type_: str, planned: MachinePlan, plan: Plan) -> hcloud.PrimaryIp:
        """The clients' DNS name points to it: a new server gets the old one's."""
        return hcloud.PrimaryIp(
            f"{planned.name}-{type_}",
            name=name(plan, f"{planned.name}-{type_}"),
            type=type_,
            location=str(planned.provider_settings["location"]),
            auto_delete=False,
            labels=labels(plan, planned.name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _attach(self, server: hcloud.Server, disk: hcloud.Volume | None, name: str) -> list[pulumi.Resource]:
        if not disk:
            return []
        opts = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        ids = {"volume_id": disk.id.apply(int), "server_id": server.id.apply(int)}
        return [hcloud.VolumeAttachment(f"{name}-attachment", **ids, automount=False, opts=opts)]
