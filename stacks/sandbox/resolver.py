"""Which name servers a machine can ask: this computer's, but none that only it can reach."""

from ipaddress import ip_address
from pathlib import Path

from plan.errors import ProviderError

# A local cache (systemd-resolved, NetworkManager's dnsmasq) keeps the servers behind it in another file.
FILES = (
    Path("/etc/resolv.conf"),
    Path("/run/systemd/resolve/resolv.conf"),
    Path("/run/NetworkManager/no-stub-resolv.conf"),
)


def reachable(text: str) -> str:
    """The text of a resolv.conf without loopback servers; empty if no server is left."""
    lines, servers = [], 0
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            if ip_address(words[1].partition("%")[0]).is_loopback:
                continue
            servers += 1
        if words[:1] in (["nameserver"], ["search"], ["options"]):
            lines.append(" ".join(words))
    return "".join(f"{line}\n" for line in lines) if servers else ""


def resolv_conf(files: tuple[Path, ...] = FILES) -> str:
    for file in files:
        if file.exists() and (text := reachable(file.read_text())):
            return text
    raise ProviderError(
        "a name server in /etc/resolv.conf that machines can reach",
        "only servers on this computer's loopback",
        "let the local name server's upstream be found in one of " + ", ".join(map(str, files)),
    )
