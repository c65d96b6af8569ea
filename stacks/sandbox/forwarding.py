"""IPv4 forwarding on the way out, switched on while any stack exists and put back after the last.

Forwarding is decided by the interface a packet comes in on: the stack's bridge for what goes out, the
interface of the default route for what comes back. The switch for the whole computer is left alone.
What we switched on is remembered in an nftables table of its own: it lives where the switches live, in
the network namespace, and as long as they do, and lets nobody else profit from them.
"""

import json
from pathlib import Path

from stacks.sandbox import firewall
from stacks.sandbox.command import run

TABLE = "eigenherd_uplinks"
SWITCHES = Path("/proc/sys/net/ipv4/conf")

# Connections to containers' published ports (dnat) are somebody's wish and stay possible.
RULESET = f"""table inet {TABLE} {{
  set switched_on {{ type ifname; }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname @switched_on ct state new ct status & dnat == 0 drop
  }}
}}
"""


def uplinks() -> set[str]:
    """The interfaces this computer reaches the world by."""
    routes = json.loads(run(["ip", "-4", "-j", "route", "show", "default"]))
    return {route["dev"] for route in routes if "dev" in route}


def enable(bridge: str) -> None:
    """Let packets through between the bridge and the world."""
    (SWITCHES / bridge / "forwarding").write_text("1")
    for uplink in sorted(uplinks()):
        switch = SWITCHES / uplink / "forwarding"
        if switch.read_text().strip() == "0":
            if TABLE not in firewall.tables():
                run(["nft", "-f", "-"], stdin=RULESET)
            run(["nft", "add", "element", "inet", TABLE, "switched_on", f'{{ "{uplink}" }}'])
            switch.write_text("1")


def switched_on() -> list[str]:
    """The uplinks that did not forward before us."""
    if TABLE not in firewall.tables():
        return []
    listing = json.loads(run(["nft", "-j", "list", "set", "inet", TABLE, "switched_on"]))["nftables"]
    return [name for entry in listing for name in entry.get("set", {}).get("elem", [])]


def restore_after_last() -> None:
    """Put the switches back once no stack's bridge is left in this network namespace."""
    links = json.loads(run(["ip", "-j", "link", "show", "type", "bridge"]))
    if any(link.get("ifname", "").startswith("eh-") for link in links):
        return
    for uplink in switched_on():
        switch = SWITCHES / uplink / "forwarding"
        if switch.exists():
            switch.write_text("0")
    if TABLE in firewall.tables():
        run(["nft", "delete", "table", "inet", TABLE])
