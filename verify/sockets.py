"""The listening sockets of a machine, as `ss` prints them."""

import ipaddress
import re
from typing import NamedTuple

from verify.check import CouldNotTell
from verify.transport import Shell

ANY = {"*", "0.0.0.0", "::"}  # noqa: S104 (recognised, not bound)


class Listener(NamedTuple):
    address: str
    port: int
    process: str

    @property
    def is_loopback(self) -> bool:
        try:
            parsed = ipaddress.ip_address(self.address)
        except ValueError:  # "*": every address
            return False
        return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def listening(host: Shell) -> list[Listener]:
    output = host.run("ss -H -ltnp", root=True)
    if output.code != 0:
        raise CouldNotTell("a list of listening sockets", output.stderr[-200:] or "nothing", "run: ss -ltnp")
    return parse(output.stdout)


def parse(text: str) -> list[Listener]:
    """`ss -H -ltnp`: state, two queues, local address:port, peer, users:((name,...))."""
    found = []
    for line in text.splitlines():
        columns = line.split()
        if len(columns) < 4:
            continue
        address, _, port = columns[3].rpartition(":")
        process = re.search(r'users:\(\("([^"]+)"', line)
        if port.isdecimal():
            name = address.strip("[]").split("%")[0]
            found.append(Listener(name, int(port), process.group(1) if process else ""))
    return found
