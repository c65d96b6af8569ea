"""Inference engines, one a file: the file's name is `plan.engine.name`, the folder's listing is the registry.

Every module here has a docstring of one sentence (it becomes the docs table) and

    install(plan, machine)          a @deploy: the program on the host, nothing running yet
    command(handover, machine)      the unit's argv; its first item is an absolute path; no secrets
    environment(handover, machine)  the unit's environment; no secrets

and, if it needs them,

    prepare(handover, machine)      a @deploy after the models are there, before the unit starts
    FAMILIES                        kinds of sockets beside those of the internet and of this machine
    retire()                        a @deploy that takes away what install and prepare made: another engine is planned

The unit is shared (`templates/etc/systemd/system/eigenherd-engine.service.j2`) and gives every engine:
the user `plan.engine.user`; /opt/eigenherd and /var/lib/eigenherd/models, read-only, put there by
`deploy/python.py` and `deploy/models.py` before it starts; HOME and working directory
/var/lib/eigenherd/engine, the only writable place, which outlives restarts and belongs to the user; a
private /tmp; no network but loopback and, from another machine, the gateway.

The engine listens on `deploy.upstream.listen_address(handover, machine)` and `plan.engine.port`, and
answers `GET /v1/models` with 200 when it is ready to serve: the unit counts as started only then.
It writes neither prompts nor answers to its output, which is the journal.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def load_engine(name: str) -> ModuleType:
    """The module behind `plan.engine.name`."""
    return import_module(f"deploy.engines.{name}")


def names() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))
