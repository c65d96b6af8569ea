"""Where the sandbox keeps things on this computer, and what it calls what belongs to a stack.

Interfaces and tables are seen by everybody in the network namespace, folders are not: a chroot has its
own. So every name outside the folders carries a tag that differs between two file system roots.
"""

import base64
import hashlib
import re
from pathlib import Path

from plan.errors import SpecError

CACHE = Path("/var/cache/eigenherd")
STACKS = Path("/var/lib/eigenherd/sandbox")
TREES = CACHE / "trees"
DEBS = CACHE / "debs"
LOCKS = CACHE / "locks"

# What the machines get to read of the cache: never the trees, which hold other machines' secrets.
MIRROR = ("wheels", "models", "archives", "drivers")
MIRROR_IN_MACHINE = "/srv/eigenherd/mirror"


def valid(kind: str, name: str) -> str:
    """Refuse a name that could leave its folder or break a command line."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
        raise SpecError(
            f"a {kind} name of letters, digits, '-', '_' and '.'", repr(name), f"choose another {kind} name"
        )
    return name


def tag(stack: str, root: Path = Path("/")) -> str:
    """Eight hex digits: one stack of one file system root."""
    return hashlib.sha256(f"{root.stat().st_ino}/{stack}".encode()).hexdigest()[:8]


def stack_folder(stack: str) -> Path:
    return STACKS / valid("stack", stack)


def machine_folder(stack: str, machine: str) -> Path:
    return stack_folder(stack) / valid("machine", machine)


def bridge(stack: str) -> str:
    """At most 15 characters, the kernel's limit."""
    return f"eh-{tag(stack)}"


def table(stack: str) -> str:
    return f"eigenherd_{re.sub(r'[^A-Za-z0-9]', '_', stack)}_{tag(stack)}"


def container(stack: str, machine: str) -> str:
    """What nspawn calls the machine: 12 characters, so that it need not shorten the interface's name."""
    digest = base64.b32encode(hashlib.sha256(machine.encode()).digest()).decode().lower()
    return f"{tag(stack)}{digest[:4]}"


def interface(stack: str, machine: str) -> str:
    """This computer's end of the machine's virtual cable, as nspawn names it."""
    return f"vb-{container(stack, machine)}"


def unit(stack: str, machine: str) -> str:
    """The machine's control group, or its unit where PID 1 is systemd."""
    return f"eigenherd-{container(stack, machine)}"
