"""Which packages, users and groups there are: what an installation adds is the difference."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Inhabitants:
    """Names only; a package counts if its files are there."""

    packages: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class Present(FactBase[Inhabitants]):
    """Installed packages, users and groups."""

    default = Inhabitants

    def command(self) -> str:
        names = "cut -d: -f1 | sed"
        return (
            "dpkg-query -W -f '${db:Status-Status} package ${Package}\\n' | sed -n 's/^installed //p';"
            f" getent passwd | {names} 's/^/user /'; getent group | {names} 's/^/group /'"
        )

    def process(self, output: list[str]) -> Inhabitants:
        found: dict[str, set[str]] = {"package": set(), "user": set(), "group": set()}
        for line in output:
            kind, _, name = line.partition(" ")
            found[kind].add(name)
        return Inhabitants(*(frozenset(found[kind]) for kind in ("package", "user", "group")))


class PurgePlan(FactBase[frozenset[str]]):
    """What apt would remove if these packages were purged."""

    default = frozenset

    def command(self, packages: list[str]) -> str:
        return f"apt-get --simulate --quiet purge {' '.join(packages)}"

    def process(self, output: list[str]) -> frozenset[str]:
        return frozenset(line.split()[1] for line in output if line.startswith(("Purg ", "Remv ")))
