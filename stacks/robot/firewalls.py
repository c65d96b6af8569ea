"""Robot's firewall in front of a server: rules without memory, so answers need a rule too.

It filters IPv4 only here: its rules for IPv6 know no addresses, and the machine's own firewall (`harden`) has both.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from stacks.robot.client import Form, Robot

MOST = 10  # rules a direction; not confirmed
Rule = dict[str, str]
FIELDS = ("ip_version", "dst_ip", "src_ip", "dst_port", "src_port", "protocol", "tcp_flags", "action")


def accept(name: str, **more: str) -> Rule:
    return {"name": name, "ip_version": "ipv4", "action": "accept", **more}


def rules(doors: Sequence[tuple[str, str, Sequence[str]]], private: bool) -> list[Rule]:
    """doors: (name, port, networks that may come; empty for everybody). private: the stack has a vSwitch.

    Where there is no room for every network, the port is open here and the machine's own firewall decides.
    """
    base = [
        accept("answers tcp", protocol="tcp", tcp_flags="ack"),
        accept("answers udp", protocol="udp", dst_port="32768-65535"),
        accept("icmp", protocol="icmp"),
    ]
    base += [accept("vswitch", src_ip="10.0.0.0/8")] if private else []
    exact = [rule for name, port, networks in doors for rule in _door(name, port, networks)]
    if len(base) + len(exact) > MOST:
        exact = [rule for name, port, _ in doors for rule in _door(name, port, ())]
    return base + exact


def _door(name: str, port: str, networks: Sequence[str]) -> list[Rule]:
    if not networks:
        return [accept(name, protocol="tcp", dst_port=port)]
    ipv4 = [network for network in networks if ipaddress.ip_network(network).version == 4]
    return [accept(name, protocol="tcp", dst_port=port, src_ip=network) for network in ipv4]


def form(status: str, wanted: Sequence[dict[str, Any]], whitelist: bool = True) -> Form:
    """The whole set: what is not in it is gone. Rules for what goes out are not ours, and are not repeated."""
    form: dict[str, str] = {"status": status, "filter_ipv6": "false", "whitelist_hos": str(whitelist).lower()}
    for index, rule in enumerate(wanted):
        for key, value in rule.items():
            if value is not None:
                form[f"rules[input][{index}][{key}]"] = str(value)
    return form


def settled(robot: Robot, number: int) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = robot.get(f"/firewall/{number}")["firewall"]
        return None if found["status"] == "in process" else found

    found: dict[str, Any] = robot.until(f"the firewall of server {number} to be ready", look)
    return found


def put(robot: Robot, number: int, status: str, wanted: Sequence[dict[str, Any]], whitelist: bool = True) -> None:
    settled(robot, number)
    robot.post(f"/firewall/{number}", form(status, wanted, whitelist))
    settled(robot, number)


def incoming(firewall: dict[str, Any]) -> list[dict[str, Any]]:
    """Its rules for what comes in; Robot has been seen to answer a list and an object by index."""
    found = firewall["rules"]["input"]
    return list(found.values()) if isinstance(found, dict) else list(found)


def same(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> bool:
    return [_plain(rule) for rule in one] == [_plain(rule) for rule in other]


def _plain(rule: dict[str, Any]) -> tuple[str, ...]:
    """Robot writes an address back as a network."""
    values = {key: rule.get(key) or "" for key in FIELDS}
    for key in ("src_ip", "dst_ip"):
        values[key] = str(ipaddress.ip_network(values[key])) if values[key] else ""
    return tuple(values.values())
