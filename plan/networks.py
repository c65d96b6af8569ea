"""Which addresses are private, so that who may connect can have a safe default."""

import ipaddress

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
PRIVATE_NAMES = (".lan", ".local", ".internal", ".home.arpa", ".localhost", ".test", ".intern")


def is_public(host: str) -> bool:
    """Whether the world may reach a host of this address or name: a name counts unless it is a local one."""
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_global
    except ValueError:
        return "." in host and not host.endswith(PRIVATE_NAMES)


def shown(allow: tuple[str, ...]) -> str:
    """A list of networks in the plan, where empty is everybody."""
    return ", ".join(allow) or "everybody"
