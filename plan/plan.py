"""The plan: every choice made once, as a value that all later rooms obey or compare with.

Derived from an Environment by `plan.derive`; this module holds the shapes only.
Sizes are bytes unless the name carries a unit.
"""

import hashlib
from typing import Literal

from pydantic import Field

from plan.driver import DriverChoice
from plan.model import THINKING_TOKENS as THINKING_TOKENS
from plan.model import Artifact as Artifact
from plan.model import Defaults as Defaults
from plan.model import Effort as Effort
from plan.model import Model as Model
from plan.model import Prompt as Prompt
from plan.model import Wheel as Wheel
from plan.value import Value as Value  # the other rooms know it from here

Role = Literal["gateway", "engine"]
Part = Literal["system", "driver", "torch", "engine", "models", "gateway", "clients"]


class Decision(Value):
    """One choice, for `eigenherd explain`: what was chosen, why, and on whose word."""

    key: str
    value: str
    reason: str
    source: str = ""


class PythonEnvironment(Value):
    """A virtual environment on the host, installed from a lock with hashes (`plan/locks/<lock>`).

    cuda: the CUDA its packages bring, empty without.
    """

    name: str
    version: str
    lock: str
    lock_sha256: str
    download_mib: int
    installed_mib: int
    cuda: str = ""


class Engine(Value):
    """The inference server. It listens on loopback unless another machine is the gateway.

    build: what its program computes on, which is not its device on a simulated card.
    memory_share: of each card's memory, for an engine that takes a share and not what it needs.
    """

    name: str
    version: str
    port: int
    user: str
    device: Literal["cpu", "cuda"]
    build: Literal["cpu", "cuda"] = "cpu"
    memory_share: float | None = None
    python: PythonEnvironment | None = None
    archive: Artifact | None = None


class Client(Value):
    """Somebody with an API key; a higher generation is a new key."""

    name: str
    generation: int = 1


class Gateway(Value):
    """The only door: TLS, API keys, an allow-list of routes, limits.

    host: DNS name or IP address clients use; empty means the gateway machine's own address.
    allow: networks (CIDR) that may connect; empty means everybody (`allow: [any]` was written).
    files: (certificate, key) paths on the controller, only with tls "files".
    """

    host: str
    port: int
    http: Literal["redirect", "closed"]
    tls: Literal["internal", "acme", "files"]
    files: tuple[str, str] | None
    allow: tuple[str, ...]
    routes: tuple[str, ...]
    max_body_mib: int
    timeout_s: int
    log_days: int = 7
    log_names: bool = False

    def url(self, host: str) -> str:
        """What an OpenAI-style client takes as its base_url."""
        bracketed = f"[{host}]" if ":" in host else host
        return f"https://{bracketed}{'' if self.port == 443 else f':{self.port}'}/v1"


class Gpu(Value):
    """The NVIDIA cards a machine has, all of one kind, as the catalogue knows it; sizes are of one card.

    simulated: there is none, and a sandbox machine pretends; what runs there proves nothing about hardware.
    """

    name: str
    vram_gib: int
    bandwidth_gbs: int
    compute_capability: str
    count: int = 1
    simulated: bool = False

    def __str__(self) -> str:
        return self.name if self.count == 1 else f"{self.count} x {self.name}"


class PackageSources(Value):
    """Where a machine gets software: None is the system's own setting.

    mirror: a folder on the machine (or an URL) with `wheels/`, `models/` and `drivers/`, for machines without
    internet. driver_key: the fingerprint of its own key, where it has signed NVIDIA's packages with one.
    """

    apt: str | None = None
    pip_index: str | None = None
    proxy: str | None = None
    mirror: str | None = None
    driver_key: str | None = None


class MachinePlan(Value):
    """One machine: what it is for, and the size the plan judges by.

    provider_settings: what the provider's own file needs, e.g. address, user, host_key.
    harden: default deny, sshd and account policy are ours too.
    drivers: what is installed where the card has no driver yet, for each system it may turn out to have.
    """

    name: str
    provider: str
    roles: tuple[Role, ...]
    os: Literal["debian-12", "debian-13", "any"]
    gpu: Gpu | None
    drivers: tuple[DriverChoice, ...] = ()
    memory_gib: float | None
    disk_gib: float | None
    harden: bool
    ssh_allow: tuple[str, ...]
    provider_settings: dict[str, str | int | bool] = Field(default_factory=dict)


class Plan(Value):
    """Everything the stages need to know before a machine exists."""

    stack: str
    machines: tuple[MachinePlan, ...]
    sources: PackageSources
    torch: PythonEnvironment
    engine: Engine
    models: tuple[Model, ...]
    gateway: Gateway
    clients: tuple[Client, ...]
    users: int
    decisions: tuple[Decision, ...]

    def gateway_machine(self) -> MachinePlan:
        return next(machine for machine in self.machines if "gateway" in machine.roles)

    def part_digests(self) -> dict[Part, str]:
        """One digest per part, so that a check runs again only when its part has changed."""
        bare = [machine.model_copy(update={"gpu": None, "drivers": ()}) for machine in self.machines]
        parts: dict[Part, tuple[object, ...]] = {
            "system": (*bare, self.sources),
            "driver": tuple((machine.name, machine.gpu, machine.drivers) for machine in self.machines),
            "torch": (self.torch,),
            "engine": (self.engine,),
            "models": self.models,
            "gateway": (self.gateway,),
            "clients": self.clients,
        }
        return {part: hashlib.sha256(repr(values).encode()).hexdigest() for part, values in parts.items()}
