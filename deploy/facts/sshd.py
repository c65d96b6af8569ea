"""How sshd understands its configuration, and from where this very connection comes."""

import ipaddress
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Configuration:
    """as_shipped: sshd_config is the package's own, or there is none to compare with. added: files it includes."""

    as_shipped: bool = True
    added: tuple[str, ...] = ()


class SshdFiles(FactBase[Configuration]):
    """What sshd is configured by."""

    default = Configuration

    def command(self, shipped: str, config: str) -> str:
        return (
            f"if [ ! -e {shipped} ] || cmp -s {shipped} {config}; then echo as shipped; else echo changed; fi;"
            f" find {config}.d -mindepth 1 -maxdepth 1 -name '*.conf' 2>/dev/null; true"
        )

    def process(self, output: list[str]) -> Configuration:
        return Configuration(output[0] == "as shipped", tuple(sorted(output[1:])))


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
