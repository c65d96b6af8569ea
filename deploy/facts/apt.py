"""What apt may do: packages on hold, versions, the archive's components, and keys by their fingerprint."""

import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase


class PackageVersions(FactBase[dict[str, str]]):
    """Installed packages with their version, without its epoch."""

    default = dict

    def command(self) -> str:
        return "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' | sed -n 's/^installed //p'"

    def process(self, output: list[str]) -> dict[str, str]:
        pairs = [line.split(" ", 1) for line in output]
        return {name: version.rpartition(":")[2] if ":" in version else version for name, version in pairs}


class HeldPackages(FactBase[frozenset[str]]):
    """Packages that no upgrade touches."""

    default = frozenset

    def command(self) -> str:
        return "apt-mark showhold"

    def process(self, output: list[str]) -> frozenset[str]:
        return frozenset(line.partition(":")[0] for line in output)


UNSET = "$(SIGNED_BY)"  # as apt leaves it


@dataclass(frozen=True, order=True)
class Suite:
    """One suite of a package source with its components. signed_by: empty where the source names no keyring."""

    uri: str
    name: str
    signed_by: str
    components: tuple[str, ...]


class Suites(FactBase[list[Suite]]):
    """All that apt looks into, wherever it is written down."""

    default = list

    def command(self) -> str:
        form = f"$(REPO_URI)|$(RELEASE)|{UNSET}|$(COMPONENT)"
        return f"apt-get indextargets --format {shlex.quote(form)} 'Created-By: Packages' | sort -u"

    def process(self, output: list[str]) -> list[Suite]:
        found: dict[tuple[str, str], tuple[str, list[str]]] = {}
        for line in output:
            if line.count("|") != 3:  # a key that is written into the source itself has lines of its own
                continue
            uri, name, signed_by, component = line.replace(UNSET, "").split("|")
            found.setdefault((uri, name), (signed_by, []))[1].append(component)
        return sorted(Suite(uri, name, signed, tuple(sorted(set(had)))) for (uri, name), (signed, had) in found.items())


class KeyFingerprints(FactBase[frozenset[str]]):
    """The primary keys in a keyring; none where there is no file."""

    default = frozenset

    def requires_command(self, path: str) -> str:
        return "gpg"

    def command(self, path: str) -> str:
        return f"gpg --batch --show-keys --with-colons {shlex.quote(path)} 2>/dev/null || true"

    def process(self, output: list[str]) -> frozenset[str]:
        """A `pub` line is followed by its own `fpr` line; those of subkeys come after `sub`."""
        found, kind = set(), ""
        for line in output:
            fields = line.split(":")
            if fields[0] == "fpr" and kind == "pub":
                found.add(fields[9])
            kind = fields[0] if fields[0] in ("pub", "sub") else kind
        return frozenset(found)
