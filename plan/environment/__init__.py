"""What a user may ask: the environment file, read and checked before anything else happens."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from plan.environment import rehearsal
from plan.environment.asked import Asked, Name
from plan.environment.gateway import AskedGateway
from plan.environment.hcloud import AskedEdge
from plan.environment.machine import AskedMachine
from plan.environment.maintenance import AskedMaintenance
from plan.environment.refusal import FILE, checked, refuse_reserved
from plan.environment.software import AskedPackages, Pin
from plan.errors import SpecError

__all__ = ["AskedClient", "AskedGateway", "AskedMachine", "Environment", "Owner", "load"]


Owner = Literal["company", "person"]


class AskedClient(Asked):
    """Somebody, or some program, with an API key of its own."""

    name: Name
    """Lower-case name, unique in the stack."""
    generation: Annotated[int, Field(ge=1)] = 1
    """A higher number makes a new key and ends the old one."""


def _client(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class _NameOrClient:
    """Made when an editor's schema is, not at each import."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "a name"}, AskedClient.model_json_schema()]}


Client = Annotated[AskedClient, BeforeValidator(_client), _NameOrClient()]


class Environment(Asked):
    """What one has, wants and allows."""

    machine: AskedMachine | None = None
    """The machine; or `machines` for several."""
    machines: Annotated[dict[Name, AskedMachine], Field(min_length=1, max_length=64)] | None = None
    """Several machines by name; exactly one has the role gateway."""
    edge: AskedEdge | None = None
    """A small hcloud server as the gateway in front of all other machines, which are then engines only."""
    gpu: str = "none"
    """The NVIDIA card of every machine with the role engine, by its catalogue name; none is CPU only."""
    gpus: Annotated[int, Field(ge=1, le=16)] | None = None
    """How many such cards each of these machines has, all in use; 1 by default."""
    models: Annotated[tuple[str, ...], Field(min_length=1, max_length=64)]
    """Models to serve, by their Ollama tags."""
    owner: Owner = "company"
    """Who runs it: some models' licences are for persons alone."""
    users: Annotated[int, Field(ge=1, le=10_000)] = 4
    """People and programs that use the models at the same time; context and slots follow from it."""
    gateway: AskedGateway = AskedGateway()
    """The door: its name, its certificate, and who may come in."""
    clients: Annotated[tuple[Client, ...], Field(min_length=1, max_length=10_000)]
    """Who gets an API key: names, or {name, generation}."""
    packages: AskedPackages = AskedPackages()
    """Where machines get software."""
    pin: Pin = Pin()
    """Derived choices fixed by hand."""
    maintenance: AskedMaintenance | None = None
    """When machines with a GPU move kernel and driver. Without it both stay, and a machine that is behind warns."""
    drill: Literal["allowed"] | None = None
    """allowed: `eigenherd drill` may destroy its machines and rebuild them. Without it, it refuses."""
    rehearses: Name | None = None
    """Another environment, of which this one is a copy for drills: only machine, gpu, gpus and drill are its own."""

    @model_validator(mode="after")
    def _is_one_stack(self) -> Self:
        if (self.machine is None) == (self.machines is None):
            raise ValueError("either `machine`, or `machines` with a name for each")
        if self.edge and "edge" in (self.machines or {}):
            raise ValueError("another name than `edge` for a machine: that is the server in front")
        if "stack" in (self.machines or {}):
            raise ValueError("another name than `stack` for a machine: reports use it for the whole")
        gateways = [name for name, machine in self.named_machines.items() if "gateway" in machine.roles]
        if len(gateways) != 1:
            raise ValueError(f"exactly one machine with the role gateway, not {len(gateways)} {gateways}")
        if not any("engine" in machine.roles for machine in self.named_machines.values()):
            raise ValueError("at least one machine with the role engine")
        for key, names in (("models", self.models), ("clients", [client.name for client in self.clients])):
            twice = [name for name, times in Counter(names).items() if times > 1]
            if twice:
                raise ValueError(f"every name once in `{key}`, `{min(twice)}` is there twice")
        return self

    @property
    def named_machines(self) -> dict[str, AskedMachine]:
        """The machines by name; a single one is called `main`, and the one in front of them `edge`."""
        machines = self.machines or ({"main": self.machine} if self.machine else {})
        if not self.edge:
            return machines
        behind = {
            name: machine if "roles" in machine.model_fields_set else machine.model_copy(update={"roles": ("engine",)})
            for name, machine in machines.items()
        }
        asked = self.edge.model_dump(exclude_unset=True)
        return {**behind, "edge": AskedMachine(provider="hcloud", roles=("gateway",), **asked)}


def load(mapping: Mapping[str, Any], asked: rehearsal.Asked = rehearsal.alone) -> Environment:
    """An environment from the YAML mapping under `eigenherd:environment`, or a SpecError.

    asked: finds the mapping of another environment, by its name.
    """
    refuse_reserved(mapping)
    if rehearsal.KEY not in mapping:
        return checked(Environment, mapping)
    whole = rehearsal.merged(mapping, asked, FILE)
    try:
        refuse_reserved(whole)
        return checked(Environment, whole)
    except SpecError as error:
        todo = f"{error.todo} (what is not written here comes from `{mapping[rehearsal.KEY]}`, which it rehearses)"
        raise SpecError(error.wanted, error.found, todo, error.others) from None
