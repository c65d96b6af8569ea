"""A flock by name, so that two processes of this computer do not make the same thing at once."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stacks.sandbox import places


@contextmanager
def held(name: str, shared: bool = False, wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Hold the lock `name`; the kernel releases it however the process ends.

    wait: called when somebody else has it, before waiting for him.
    """
    places.LOCKS.mkdir(parents=True, exist_ok=True, mode=0o755)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with (places.LOCKS / name).open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(file, kind)
        yield
