"""Which system this is."""

from pyinfra.api.facts import FactBase


class OsRelease(FactBase[dict[str, str]]):
    """/etc/os-release: ID, VERSION_CODENAME and the rest."""

    default = dict

    def command(self) -> str:
        return "cat /etc/os-release"

    def process(self, output: list[str]) -> dict[str, str]:
        pairs = [line.split("=", 1) for line in output if "=" in line]
        return {key: value.strip("\"'") for key, value in pairs}
