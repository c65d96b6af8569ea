"""The contract between the rooms: a machine that exists, and the handover that names it all.

`stacks` writes a Handover; `deploy` and `verify` read one, as a single JSON object on standard
input: no file, argument or environment variable ever holds its secrets.
"""

import sys
from pathlib import Path
from typing import Literal, Self, TextIO

from pydantic import Field, ValidationError

from plan.debs import AptLock
from plan.errors import SpecError
from plan.plan import MachinePlan, Plan, Value


class Machine(Value):
    """A machine that can be reached by `ssh -F <folder>/ssh_config <name>`.

    instance: new on every creation. started: new on every start of ours after that. address: where SSH
    and the clients reach it. private_address: where the stack's other machines reach it. ipv6: None if it
    has none.
    host_keys: OpenSSH public keys, known before the first connection; jump_host_keys: those of the host
    in between, if any. sudo: the user is not root.
    """

    name: str
    instance: str
    state: Literal["running", "stopped"]
    address: str
    ipv6: str | None
    private_address: str
    port: int
    user: str
    sudo: bool
    host_keys: tuple[str, ...]
    jump_host_keys: tuple[str, ...] = ()
    started: str = ""


class Secrets(Value):
    """Made by the stack, kept in its encrypted state, so that they survive a rebuild.

    ca_*: PEM of the stack's own CA, empty unless TLS is "internal". certificate/key: the PEM pair of
    tls "files", else empty. clients: name to API key. ssh_key: the stack's own private key (OpenSSH),
    empty where the user's own key or agent opens the machine.
    """

    ca_certificate: str
    ca_key: str = Field(repr=False)
    certificate: str
    certificate_key: str = Field(repr=False)
    clients: dict[str, str] = Field(repr=False)
    ssh_key: str = Field("", repr=False)


class Handover(Value):
    """All a stage needs. folder: the stack's own folder (0700) with ssh_config and known_hosts.

    debs: with `packages.locked`, what is installed.
    """

    plan: Plan
    machines: tuple[Machine, ...]
    secrets: Secrets
    folder: str
    debs: AptLock = AptLock()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its JSON; what is wrong is named without its input, which holds secrets."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            fields = [".".join(map(str, item["loc"])) for item in error.errors(include_input=False)]
        raise SpecError("a complete handover", f"wrong fields: {', '.join(fields)}", "run `pulumi up` again")

    @classmethod
    def read(cls, stream: TextIO = sys.stdin) -> Self:
        return cls.parse(stream.read())

    @property
    def ssh_config(self) -> Path:
        return Path(self.folder) / "ssh_config"

    def planned(self, machine: Machine) -> MachinePlan:
        return next(planned for planned in self.plan.machines if planned.name == machine.name)

    def with_role(self, role: Literal["gateway", "engine"]) -> tuple[Machine, ...]:
        return tuple(m for m in self.machines if role in self.planned(m).roles)

    @property
    def gateway(self) -> Machine:
        return self.with_role("gateway")[0]

    @property
    def host(self) -> str:
        """The name clients use: the gateway's, or its machine's address."""
        return self.plan.gateway.host or self.gateway.address

    @property
    def url(self) -> str:
        return self.plan.gateway.url(self.host)
