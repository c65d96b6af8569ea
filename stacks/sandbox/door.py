"""Waiting for a machine's sshd: the machine is there when it answers with the key it was given."""

import subprocess
import time
from collections.abc import Callable


def seen_key(address: str) -> str | None:
    """The ed25519 host key that answers at this address, as `type base64`; None if nothing does."""
    scan = subprocess.run(
        ["ssh-keyscan", "-T", "2", "-t", "ed25519", address],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    for line in scan.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and not line.startswith("#"):
            return f"{words[1]} {words[2]}"
    return None


def same_key(one: str, other: str) -> bool:
    """Compare public keys without their comments."""
    return one.split()[:2] == other.split()[:2]


def answers(address: str, host_key: str, alive: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until sshd answers with `host_key`; stop early when the machine is not alive."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and alive():
        key = seen_key(address)
        if key is not None and same_key(key, host_key):
            return True
        time.sleep(0.2)
    return False
