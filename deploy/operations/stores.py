"""What a program on the host makes from a wish: an engine's own form of the models, or the engine itself."""

import shlex
from hashlib import sha256

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.stores import StoreIdentity
from deploy.record import Commands, record_path


@operation()
def made(store: str, wanted: str, text: str, maker: str) -> Commands:
    """The store was made from a file `wanted` with this text, and nothing in it has changed since."""
    if host.get_fact(StoreIdentity, store=store) == sha256(text.encode()).hexdigest():
        return
    yield from record_path(store)
    yield StringCommand(shlex.join(["python3", maker, wanted]))
