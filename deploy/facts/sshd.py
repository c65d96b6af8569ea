"""How sshd understands its configuration, and from where this very connection comes."""

import ipaddress

from pyinfra.api.facts import FactBase


class SshdSettings(FactBase[dict[str, str]]):
    """Effective settings by their lower-case names; a repeated setting keeps its first value."""

    default = dict

    def requires_command(self) -> str:
        return "/usr/sbin/sshd"

    def command(self) -> str:
        return "mkdir -p /run/sshd && /usr/sbin/sshd -T"

    def process(self, output: list[str]) -> dict[str, str]:
        settings: dict[str, str] = {}
        for line in output:
            key, _, value = line.partition(" ")
            settings.setdefault(key, value)
        return settings


class ConnectionPort(FactBase[tuple[str, int] | None]):
    """Our own address as the machine sees it, and sshd's port; None if not over the network."""

    def command(self) -> str:
        return "echo $SSH_CONNECTION"

    def process(self, output: list[str]) -> tuple[str, int] | None:
        words = output[0].split()
        try:
            source = ipaddress.ip_address(words[0].split("%")[0])
        except (IndexError, ValueError):
            return None
        mapped = source.ipv4_mapped if isinstance(source, ipaddress.IPv6Address) else None
        return str(mapped or source), int(words[3])
