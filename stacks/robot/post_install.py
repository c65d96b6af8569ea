"""The script that installimage runs in the new system: its host key is known before it ever answers.

It holds the private host key, so it is 0600 in the rescue system's memory, and removes itself first of all.
"""

import json
import shlex
import uuid
from typing import Any

MARKER = "/etc/eigenherd-robot.json"


def marker(os: str, generation: int) -> str:
    """What an installation says of itself. instance: new with each."""
    return json.dumps({"os": os, "generation": generation, "instance": str(uuid.uuid4())})


def same(found: str, os: str, generation: int) -> bool:
    """Whether the marker that was found is that of a wanted installation."""
    return {**read(found), "instance": ""} == {"os": os, "generation": generation, "instance": ""}


def read(found: str) -> dict[str, Any]:
    try:
        value = json.loads(found)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def script(os: str, generation: int, host_private: str, host_public: str, authorized: str) -> str:
    """host_*: the OpenSSH host key pair. authorized: the one public key that may log in as root."""
    files = (
        ("/etc/ssh/ssh_host_ed25519_key", host_private.strip(), "600"),
        ("/etc/ssh/ssh_host_ed25519_key.pub", host_public.strip(), "644"),
        ("/root/.ssh/authorized_keys", authorized.strip(), "600"),
        (MARKER, marker(os, generation), "644"),
    )
    writes = "".join(
        f"printf '%s\\n' {shlex.quote(text)} > {path}\nchmod {mode} {path}\n" for path, text, mode in files
    )
    return f"""#!/bin/sh
rm -f -- /post-install
set -eu
umask 077
mkdir -p /root/.ssh /etc/ssh
rm -f /etc/ssh/ssh_host_*
{writes}"""
