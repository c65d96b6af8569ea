"""Where machines come from: one provider a file, imported only when an environment chooses it.

The folder's listing is the registry. A provider is a module with two functions:

    network(plan) -> object | None
        the stack's own first resource, destroyed last; None where the network is somebody else's
    machine(planned, plan, keys, network) -> Output[dict]
        one machine, as the fields of plan.machine.Machine; `network` is what the first one returned

and, where it costs something, a third for previews:

    costs(plan) -> list[Cost]
        all that the stack has there, in euro a month and for the set-up

and, where it can make a machine anew, one for drills:

    lose(machine, stack) -> None
        the machine of that instance is gone, as after a fire, and Pulumi is not told
"""

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType

import pulumi

from plan.errors import SpecError


@dataclass(frozen=True)
class KeyPair:
    """What a provider that makes machines puts on them, and what opens them. *_private is secret."""

    host_private: pulumi.Output[str]
    host_public: pulumi.Output[str]
    user_public: pulumi.Output[str]
    user_private: pulumi.Output[str]


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    if name not in names():
        raise SpecError("a provider that exists", name, f"choose one of: {', '.join(names())}")
    return importlib.import_module(f"stacks.providers.{name}")
