"""The live firewall table, compared with a ruleset as this very kernel would list it."""

import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

TABLE = "inet eigenherd"
BETWEEN = "---"


@dataclass(frozen=True)
class Tables:
    """The listings of the live table and of the wanted one; empty where there is none."""

    live: str
    wanted: str

    @property
    def agree(self) -> bool:
        return bool(self.live) and self.live == self.wanted


class FirewallTables(FactBase[Tables]):
    """Both listings. The wanted one comes from a network namespace that exists for this command only."""

    @staticmethod
    def default() -> Tables:
        return Tables("", "")

    def requires_command(self, ruleset: str) -> str:
        return "nft"

    def command(self, ruleset: str) -> str:
        wanted = f"nft -f - && nft list table {TABLE}"
        return (
            f"nft list table {TABLE} 2>/dev/null; echo {BETWEEN};"
            f" printf %s {shlex.quote(ruleset)} | unshare --net sh -c {shlex.quote(wanted)} 2>/dev/null; true"
        )

    def process(self, output: list[str]) -> Tables:
        at = output.index(BETWEEN)
        return Tables("\n".join(output[:at]), "\n".join(output[at + 1 :]))
