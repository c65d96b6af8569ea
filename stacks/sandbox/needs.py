"""What the computer must be for sandbox machines: asked before anything is made."""

import os
import platform

from plan.errors import ProviderError


def refuse_this_computer() -> None:
    """Raise unless it is Linux, and we are root on it."""
    system = platform.system()
    if system != "Linux":
        todo = "use a computer with Linux, or a machine that exists: {provider: existing, address: ...}"
        raise ProviderError("Linux, which the sandbox needs (namespaces, mounts)", system, todo)
    if os.geteuid() != 0:
        raise ProviderError("root, which the sandbox needs (namespaces, mounts)", "an ordinary user", "use `sudo -E`")
