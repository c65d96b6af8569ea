"""Where a machine sees this computer's connections come from."""

import ipaddress
from collections.abc import Iterable

from verify.check import CouldNotTell
from verify.transport import Shell


def seen_from(host: Shell) -> str:
    """The client's address in the machine's own words; behind a jump host it is the jump host's."""
    words = host.run("echo $SSH_CONNECTION").stdout.split()
    if len(words) != 4:
        raise CouldNotTell("SSH_CONNECTION", " ".join(words) or "nothing", "ask the machine: echo $SSH_CONNECTION")
    return words[0].split("%")[0]


def admitted(source: str, networks: Iterable[str]) -> bool:
    """Loopback is never filtered."""
    address = ipaddress.ip_address(source)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or any(mapped in ipaddress.ip_network(network) for network in networks)
