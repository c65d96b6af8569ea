"""Where this computer gets Debian packages from: the machines get theirs from the same places.

Asked of apt itself, so that every form of its configuration counts and no mirror is named in the code.
"""

import platform
import re
from dataclasses import dataclass

from plan.errors import ProviderError
from stacks.sandbox.command import run

# Settings of apt's transport that a machine behind the same network needs as well.
TRANSPORT = re.compile(r"^Acquire::(https?(::.*)?|Check-Valid-Until|Check-Date|Retries) ")


@dataclass(frozen=True)
class Source:
    """One line of apt's sources."""

    uri: str
    suite: str
    components: tuple[str, ...]

    def line(self) -> str:
        return f"deb {self.uri} {self.suite} {' '.join(self.components)}\n"


def codename() -> str:
    """The Debian release of this computer."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def parse(targets: str, here: str) -> list[Source]:
    """The archive's own entries among apt's index targets (`uri|suite|codename|component` lines).

    Other archives have suites of their own, or no component `main` under the release's name.
    """
    components: dict[tuple[str, str], list[str]] = {}
    for line in targets.splitlines():
        uri, suite, name, component = line.split("|")
        suite = suite if suite.startswith(here) else name
        if suite in (here, f"{here}-updates", f"{here}-security"):
            components.setdefault((uri, suite), []).append(component)
    return [Source(uri, suite, tuple(found)) for (uri, suite), found in components.items() if "main" in found]


def of_computer() -> list[Source]:
    """This computer's sources of its own Debian release."""
    listing = "$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)"
    here = codename()
    found = parse(run(["apt-get", "indextargets", "--format", listing, "Created-By: Packages"]), here)
    if not any(source.suite == here for source in found):
        raise ProviderError(
            "a Debian archive in this computer's apt configuration",
            f"none for the release {here or 'unknown'!r}",
            "run the sandbox on Debian 12 or 13 with its archive in /etc/apt",
        )
    return found


def for_release(release: str, found: list[Source], here: str) -> list[Source]:
    """The same archive, for another release of Debian."""
    return [Source(s.uri, release + s.suite.removeprefix(here), s.components) for s in found]


def transport() -> str:
    """Proxy and date settings of this computer's apt, as configuration text for a machine."""
    return "".join(f"{line}\n" for line in run(["apt-config", "dump"]).splitlines() if TRANSPORT.match(line))
