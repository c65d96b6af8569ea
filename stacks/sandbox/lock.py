"""A flock by name, so that two processes of this computer do not make the same thing at once."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from stacks.sandbox import places


@contextmanager
def held(name: str) -> Iterator[None]:
    """Hold the lock `name`; the kernel releases it however the process ends."""
    places.LOCKS.mkdir(parents=True, exist_ok=True, mode=0o755)
    with (places.LOCKS / name).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
