"""The machine a user has: who provides it, how it is reached, how large it is."""

import base64
import binascii
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from plan.environment import hcloud, robot
from plan.environment.asked import Asked, Networks, Worded
from plan.plan import Role

_KEY_TYPES = r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh\.com)"


def _host_key(text: str) -> str:
    """A fingerprint (SHA256:...) or a public key line; the comment after the key is dropped."""
    blob = re.fullmatch(r"SHA256:([A-Za-z0-9+/]{43})=?", text)
    if blob:
        return f"SHA256:{blob[1]}"
    line = re.fullmatch(rf"({_KEY_TYPES}) ([A-Za-z0-9+/]+=*)(?: .*)?", text)
    if line:
        try:
            base64.b64decode(line[2], validate=True)
        except binascii.Error:
            line = None
    if not line:
        raise ValueError("SHA256:... as `ssh-keygen -lf KEY.pub` prints it, or a public key `ssh-ed25519 AAAA...`")
    return f"{line[1]} {line[2]}"


def _address(text: str) -> str:
    labels = text.split("%")[0].rstrip(".").split(".")
    if (
        not re.fullmatch(r"[A-Za-z0-9_.:-]+(?:%[a-z0-9]+)?", text)
        or text.startswith("-")
        or not all(1 <= len(label) <= 63 for label in labels)
    ):
        raise ValueError("an IP address or a host name")
    return text


def _identity(text: str) -> str:
    if "PRIVATE KEY" in text or "\n" in text:
        raise ValueError("the path of a private key file, not the key itself")
    return text


Address = Annotated[str, AfterValidator(_address)]
HostKey = Annotated[str, AfterValidator(_host_key)]
Port = Annotated[int, Field(ge=1, le=65535)]
REACHED = {"port", "user", "host_key", "identity", "jump", "reboot", "private_address"}
User = Annotated[str, Worded(r"[a-z_][a-z0-9_-]{0,31}", "the name of a Linux account")]


class Jump(Asked):
    """A host that SSH goes through."""

    address: Address
    """IP address or host name of the jump host."""
    user: User | None = None
    """Account on the jump host; by default the machine's `user`."""
    port: Port = 22
    """SSH port of the jump host."""
    host_key: HostKey | None = None
    """The jump host's key, fingerprint (SHA256:...) or public key. Without it `up` shows it and stops."""


class AskedMachine(Asked):
    """One machine."""

    provider: Literal["sandbox", "existing", "hcloud", "robot"]
    """sandbox: made on this computer. existing: there already, reached by SSH. hcloud: a server of Hetzner Cloud.
    robot: a server rented at Hetzner."""
    address: Address | None = None
    """existing: IP address or host name, or `this` for the computer you sit at."""
    port: Port = 22
    """existing: SSH port."""
    user: User = "root"
    """existing: account to log in as; sudo is used when it is not root."""
    host_key: HostKey | None = None
    """existing: the machine's SSH key, fingerprint (SHA256:...) or public key. Without it `up` shows it and stops."""
    identity: Annotated[str, AfterValidator(_identity)] | None = None
    """existing: path of the private key to log in with; by default the SSH agent and your default keys."""
    jump: Jump | None = None
    """existing: a host to go through."""
    private_address: Address | None = None
    """existing: where the stack's other machines reach it, such as its address in a vSwitch; found when left out."""
    reboot: Literal["allowed"] | None = None
    """existing: a driver that needs a reboot gets it, whoever is logged in; without it they are told and waited for."""
    type: str | None = None
    """hcloud: server type, such as cx33. No type has a GPU."""
    location: str = "fsn1"
    """hcloud: where it stands, fsn1 (Falkenstein) or nbg1 (Nuremberg)."""
    leaves_germany: bool = False
    """hcloud, robot: a location outside Germany is meant; data, prompts and answers leave the country."""
    volume_gb: hcloud.VolumeGb | None = None
    """hcloud: a volume of so many GB for /var/lib/eigenherd, which outlives the server."""
    volume_protected: bool = True
    """hcloud: the volume cannot be deleted. `false` first, then `eigenherd up`, and `eigenherd down` may."""
    vswitch: hcloud.VSwitch | None = None
    """hcloud: number of a Robot vSwitch to couple with the private network."""
    routes: Networks | None = None
    """hcloud: networks behind this machine, which the private network reaches through it."""
    server: robot.Number | None = None
    """robot: number of a server you rent already."""
    reinstall: bool = False
    """robot: the server is installed anew, and everything on it is lost; needs `wipe`."""
    wipe: robot.Number | None = None
    """robot: the number of the server again, as a yes to `reinstall: true`."""
    adopt: robot.Number | None = None
    """robot: the number of the server again, as a yes to taking over what runs there; needs its `host_key`."""
    order: robot.AskedOrder | None = None
    """robot: a server to order, instead of `server`."""
    generation: Annotated[int, Field(ge=1)] = 1
    """robot: a higher number installs the server anew."""
    vlan: robot.Vlan | None = None
    """robot: VLAN of the stack's vSwitch, which the servers with it are put into (4000 to 4091)."""
    ptr: robot.Ptr | None = None
    """robot: name that its IPv4 address leads back to (reverse DNS)."""
    cancel: robot.Number | None = None
    """robot: the number of the server again: destroying the stack cancels it. Without it, it stays rented."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = ("gateway", "engine")
    """What the machine is for; both by default. A stack has one gateway."""
    gpu: str | None = None
    """The NVIDIA card of this machine, when it is not the environment's `gpu`."""
    gpus: Annotated[int, Field(ge=1, le=16)] | None = None
    """How many of its card this machine has, when it is not the environment's `gpus`."""
    simulated: bool = False
    """sandbox: the card named by `gpu` is only pretended, for tests; every report says SIMULATED."""
    os: Literal["debian-12", "debian-13"] | None = None
    """The system: of a machine that is made, debian-12 by default; of an existing one, whatever it has."""
    memory_gib: Annotated[float, Field(gt=0, le=4096)] | None = None
    """Memory in GiB. sandbox: 6 by default. existing: measured when left out."""
    disk_gib: Annotated[float, Field(gt=0, le=65536)] | None = None
    """Disk in GiB. sandbox: 20 by default. existing: measured when left out."""
    harden: bool | None = None
    """Default deny, sshd and account policy are ours too. Default: true where we install the system."""
    ssh_allow: Networks | None = None
    """Networks that may connect to SSH, where `harden` is true; [any] is everybody."""

    @model_validator(mode="after")
    def _fits_provider(self) -> Self:
        hcloud.refuse_unfit(self.provider, self.model_fields_set)
        if self.provider == "robot":
            robot.refuse_unfit(self.model_fields_set, dict(self), self.leaves_germany)
        elif found := robot.KEYS & self.model_fields_set:
            raise ValueError(f"no `{min(found)}`: it belongs to `provider: robot`")
        elif self.provider == "sandbox":
            ours = (REACHED | {"address"}) & self.model_fields_set
            if ours:
                raise ValueError(f"no `{min(ours)}`: a sandbox machine is made, with an address and keys of its own")
        elif self.provider == "hcloud":
            pass
        elif self.simulated:
            raise ValueError("no `simulated`: an existing machine has a card or has none")
        elif not self.address:
            raise ValueError("an `address`: IP address, host name, or `this`")
        elif self.address == "this" and REACHED & self.model_fields_set:
            raise ValueError(f"no `{min(REACHED & self.model_fields_set)}`: `this` is the computer you sit at")
        if self.ssh_allow and self.harden is False:
            raise ValueError("`harden: true` with `ssh_allow`: without it the machine's SSH is left as it is")
        return self
