"""What only a server of Hetzner Cloud can be asked for, and the edge: such a server in front of GPU machines."""

from collections.abc import Set
from typing import Annotated

from pydantic import Field

from plan.environment.asked import Asked

KEYS = {"type", "location", "leaves_germany", "volume_gb", "volume_protected", "vswitch", "routes"}
MADE = {"address", "port", "user", "host_key", "identity", "jump", "reboot", "simulated", "private_address"}
SIZES = {"memory_gib", "disk_gib"}

VSwitch = Annotated[int, Field(ge=1)]
VolumeGb = Annotated[int, Field(ge=10, le=10_240)]


def refuse_unfit(provider: str, written: Set[str]) -> None:
    """A ValueError about a key that another provider has, or about a missing server type."""
    if provider != "hcloud":
        if found := (KEYS - {"leaves_germany"} if provider == "robot" else KEYS) & written:
            raise ValueError(f"no `{min(found)}`: it belongs to `provider: hcloud`")
        return
    if found := MADE & written:
        raise ValueError(f"no `{min(found)}`: a server of Hetzner Cloud is made, with an address and keys of its own")
    if found := SIZES & written:
        raise ValueError(f"no `{min(found)}`: `type` says how large a server is")
    if "type" not in written:
        raise ValueError("a server `type`, such as cx33")


class AskedEdge(Asked):
    """A small server of Hetzner Cloud that is the gateway, so that no GPU machine need be reached from outside."""

    type: str
    """Its server type, such as cx23."""
    location: str = "fsn1"
    """Where it stands: fsn1 (Falkenstein) or nbg1 (Nuremberg)."""
    leaves_germany: bool = False
    """A location outside Germany is meant: prompts and answers leave the country."""
    vswitch: VSwitch | None = None
    """Number of the Robot vSwitch that the GPU machines are in: it is coupled with the private network."""
