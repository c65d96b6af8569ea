"""Virtual environments: which lock they were made from, and whether they still are what was made."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

ROOT = "/opt/eigenherd"
MARKER = "eigenherd.lock"
BETWEEN = "---"


@dataclass(frozen=True)
class Environment:
    """lock_sha256: of the lock it was made from. whole: the packages are those that were installed, and it runs."""

    lock_sha256: str = ""
    whole: bool = False


class EnvironmentState(FactBase[Environment]):
    """The Environment behind /opt/eigenherd/<name>."""

    default = Environment

    def command(self, environment: str) -> str:
        home = f"{ROOT}/{environment}"
        return (
            f"cd {home} 2>/dev/null && cat {MARKER} && echo {BETWEEN}"
            " && bin/python -I -c '' && ls -d lib/python3*/site-packages/*.dist-info || true"
        )

    def process(self, output: list[str]) -> Environment:
        if BETWEEN not in output:
            return Environment()
        at = output.index(BETWEEN)
        lock_sha256, *installed = output[:at]
        return Environment(lock_sha256, whole=installed == output[at + 1 :])


class EnvironmentNames(FactBase[Iterable[str]]):
    """Names under /opt/eigenherd that lead to a virtual environment."""

    default = list

    def command(self) -> str:
        return f"find {ROOT} -maxdepth 1 -lname '{ROOT}/environments/*' -printf '%f\\n' 2>/dev/null || true"

    def process(self, output: list[str]) -> list[str]:
        return sorted(output)
