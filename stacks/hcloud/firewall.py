"""The firewall of one server's public address. The private network is not its business: nftables guards that."""

import pulumi
import pulumi_hcloud as hcloud

from plan.plan import MachinePlan, Plan
from stacks.hcloud.labels import labels, name

EVERYBODY = ["0.0.0.0/0", "::/0"]


def firewall(planned: MachinePlan, plan: Plan, opts: pulumi.ResourceOptions) -> hcloud.Firewall:
    """Nothing but these rules comes in; everything may go out."""
    return hcloud.Firewall(
        f"{planned.name}-firewall",
        name=name(plan, planned.name),
        labels=labels(plan, planned.name),
        rules=[
            hcloud.FirewallRuleArgs(
                direction="in", protocol=protocol, port=port, source_ips=sources, description=description
            )
            for protocol, port, sources, description in rules(planned, plan)
        ],
        opts=opts,
    )


def rules(planned: MachinePlan, plan: Plan) -> list[tuple[str, str | None, list[str], str]]:
    """(protocol, port, who may come, why), the same that deploy/firewall.py allows on the machine."""
    found: list[tuple[str, str | None, list[str], str]] = [
        ("tcp", "22", list(planned.ssh_allow) or EVERYBODY, "SSH, by key only"),
        ("icmp", None, EVERYBODY, "ping, and the size of packets"),
    ]
    gateway = plan.gateway
    if "gateway" in planned.roles:
        allowed = list(gateway.allow) or EVERYBODY
        found.append(("tcp", str(gateway.port), allowed, "the gateway"))
        if gateway.http == "redirect":
            proof = gateway.tls == "acme"
            found.append(
                ("tcp", "80", EVERYBODY if proof else allowed, "the certificate's proof" if proof else "to HTTPS")
            )
    return found
