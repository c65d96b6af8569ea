"""A volume for what is to outlive a server. Protected: the API refuses to delete it, whoever asks."""

import pulumi
import pulumi_hcloud as hcloud

from plan.plan import MachinePlan, Plan
from stacks.hcloud.labels import labels, name


def volume(planned: MachinePlan, plan: Plan, opts: pulumi.ResourceOptions) -> hcloud.Volume | None:
    """Not a part of the server: it is made first and goes last."""
    settings = planned.provider_settings
    if "volume_gb" not in settings:
        return None
    return hcloud.Volume(
        f"{planned.name}-volume",
        name=name(plan, planned.name),
        size=int(settings["volume_gb"]),
        location=str(settings["location"]),
        format="ext4",
        delete_protection=bool(settings["volume_protected"]),
        labels=labels(plan, planned.name),
        opts=opts,
    )
