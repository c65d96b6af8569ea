"""The deployed layer: a machine with all of the sandbox's plan on it, made once, that others start from.

Its name is the digest of what it was made from, so it is made anew when the plan or the code has changed.
EIGENHERD_TEST_LAYER names another one to start from; a deployment makes up for the difference.
"""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from stacks.digest import code_digest
from stacks.sandbox import layer, lock, scratch
from tests.integration.deployed import add_machine, whole_plan
from tools import mirror


def name_of(example: str = "sandbox") -> str:
    plan = whole_plan("any", example).model_dump_json()
    return sha256(f"{plan}{code_digest('deploy', 'templates', 'plan')}".encode()).hexdigest()[:12]


def ensure(example: str = "sandbox") -> str:
    """The layer's name; deploying and keeping it takes about two minutes, once."""
    name = os.environ.get("EIGENHERD_TEST_LAYER") or name_of(example)
    with lock.held("test-layer"):
        if not layer.deployed(name).exists():
            make(name, example)
    return name


def make(name: str, example: str) -> None:
    stack = f"layer-{name}"
    plan = whole_plan(stack, example)
    mirror.fill(plan)
    with TemporaryDirectory() as folder:
        try:
            done = add_machine(stack, Path(folder), plan=plan).deploy()
            assert done.code == 0, done.text
            scratch.keep(stack, "main", name)
        finally:
            scratch.remove(stack)
