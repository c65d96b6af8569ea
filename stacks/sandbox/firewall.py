"""The stack's own nftables table: its machines get out, and only this computer gets in."""

import json

from stacks.sandbox import places
from stacks.sandbox.command import run, succeeds


def ruleset(table: str, bridge: str, ipv4: str) -> str:
    """The table as nft text; loading it replaces an older one in the same transaction."""
    return f"""table inet {table}
delete table inet {table}
table inet {table} {{
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname "{bridge}" oifname "{bridge}" accept
    oifname "{bridge}" ct state established,related accept
    oifname "{bridge}" drop
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {ipv4} oifname != "{bridge}" masquerade
  }}
}}
"""


def load(stack: str, ipv4: str) -> None:
    run(["nft", "-f", "-"], stdin=ruleset(places.table(stack), places.bridge(stack), ipv4))


def unload(stack: str) -> None:
    succeeds(["nft", "delete", "table", "inet", places.table(stack)])


def tables() -> set[str]:
    """The names of all inet tables of this network namespace."""
    entries = json.loads(run(["nft", "-j", "list", "tables", "inet"]))["nftables"]
    return {entry["table"]["name"] for entry in entries if "table" in entry}
