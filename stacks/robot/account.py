"""Who asks Robot: the webservice user of Robot's settings, from Pulumi's configuration."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from plan.errors import SpecError

ENDPOINT = "https://robot-ws.your-server.de"
USER, PASSWORD, URL = "eigenherd:robotUser", "eigenherd:robotPassword", "eigenherd:robotEndpoint"


@dataclass(frozen=True)
class Account:
    """url: the webservice's, or a fake's on loopback."""

    user: str
    password: str = field(repr=False)
    url: str = ENDPOINT


def of(setting: Callable[[str], object]) -> Account:
    """The account that Pulumi's configuration names. setting: its value of a key, None where there is none.

    Raises SpecError when a part is missing, and when the password would go out unencrypted.
    """
    user, password = setting(USER), setting(PASSWORD)
    for key, value, secret in ((USER, user, ""), (PASSWORD, password, "--secret ")):
        if not value:
            raise SpecError(
                f"`{key}`, the webservice user of Robot's settings (not your login)",
                "nothing",
                f"`pulumi config set {secret}{key}`",
            )
    url = str(setting(URL) or ENDPOINT).rstrip("/")
    parts = urlsplit(url)
    if not (parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))):
        raise SpecError(f"`{URL}` with https://", url, "leave it out; http:// is for a fake on loopback only")
    return Account(str(user), str(password), url)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
