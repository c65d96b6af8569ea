"""One process at a time for one server, or for orders: a plugin that outlived its `pulumi` may still be at it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stacks import folder
from stacks.robot.client import Say

HOME = "robot"  # beside the stacks' folders, so that no destroy takes it


def place(name: str) -> Path:
    """A file of ours that outlives the stacks; its folder is 0700."""
    home = folder.HOME / HOME
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home / name


@contextmanager
def held(name: str, say: Say = print) -> Iterator[None]:
    """The kernel releases it however the process ends."""
    with place(f"{name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting: another process is at {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
