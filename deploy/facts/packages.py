"""Which packages, users and groups there are: what an installation adds is the difference."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Inhabitants:
    """Names only; a package counts if it is installed. unfinished: packages that dpkg began with and has not ended."""

    packages: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()

    @property
    def begun(self) -> frozenset[str]:
        """Installed, or on the way there."""
        return (self.packages | self.unfinished) - {JOURNAL}


# Stands for the packages of a dpkg that was killed before it wrote down how far it got.
JOURNAL = "(journal)"


class Present(FactBase[Inhabitants]):
    """Installed packages, those half way, users and groups."""

    default = Inhabitants

    def command(self) -> str:
        names = "cut -d: -f1 | sed"
        return (
            "dpkg-query -W -f '${db:Status-Status} package ${Package}\\n' | sed -nE"
            " 's/^installed //p; s/^(unpacked|half-[a-z]+|triggers-[a-z]+) package/unfinished/p';"
            f" ls /var/lib/dpkg/updates | sed -n 's/^[0-9]*$/unfinished {JOURNAL}/p';"
            f" getent passwd | {names} 's/^/user /'; getent group | {names} 's/^/group /'"
        )

    def process(self, output: list[str]) -> Inhabitants:
        found: dict[str, set[str]] = {"package": set(), "user": set(), "group": set(), "unfinished": set()}
        for line in output:
            kind, _, name = line.partition(" ")
            found[kind].add(name)
        return Inhabitants(*(frozenset(found[kind]) for kind in found))


class PurgePlan(FactBase[frozenset[str]]):
    """What apt would remove if these packages were purged."""

    default = frozenset

    def command(self, packages: list[str]) -> str:
        return f"apt-get --simulate --quiet --ignore-hold purge {' '.join(packages)}"

    def process(self, output: list[str]) -> frozenset[str]:
        return frozenset(line.split()[1] for line in output if line.startswith(("Purg ", "Remv ")))
