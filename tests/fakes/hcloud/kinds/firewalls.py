"""Firewalls: rules, and what they are applied to, servers or a label selector."""

import ipaddress
from typing import Any

from tests.fakes.hcloud import actions, labels, resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.routes import Answer, Call, route

PROTOCOLS = ("tcp", "udp", "icmp", "esp", "gre")
MOST_RULES = 500
Json = dict[str, Any]


def selected(books: Books, selector: str) -> list[Record]:
    return [server for server in books.all("servers") if labels.selects(selector, server["labels"])]


def of_server(books: Books, server: Record) -> list[int]:
    """Firewalls that a server is behind, by itself or by its labels."""
    found = []
    for firewall in books.all("firewalls"):
        for target in firewall["applied_to"]:
            by_label = target["type"] == "label_selector" and labels.selects(
                target["label_selector"]["selector"], server["labels"]
            )
            if by_label or target == {"type": "server", "server": {"id": server["id"]}}:
                found.append(firewall["id"])
                break
    return found


def shown(books: Books, record: Record) -> Json:
    targets = []
    for target in record["applied_to"]:
        if target["type"] == "label_selector":
            servers = selected(books, target["label_selector"]["selector"])
            reached = [{"type": "server", "server": {"id": server["id"]}} for server in servers]
            target = {**target, "applied_to_resources": reached}
        targets.append(target)
    return {**resource.plain(books, record), "applied_to": targets}


def _rule(asked: Json) -> Json:
    direction, protocol, port = asked.get("direction"), asked.get("protocol"), asked.get("port")
    if direction not in ("in", "out"):
        raise invalid("rules.direction", "must be in or out")
    if protocol not in PROTOCOLS:
        raise invalid("rules.protocol", f"must be one of {', '.join(PROTOCOLS)}")
    if (protocol in ("tcp", "udp")) != bool(port):
        raise invalid("rules.port", "is needed for tcp and udp, and for nothing else")
    if port and port != "any":
        ends = port.split("-")
        if len(ends) > 2 or not all(end.isdigit() and 1 <= int(end) <= 65535 for end in ends):
            raise invalid("rules.port", "must be a port, a range, or any")
    side = "source_ips" if direction == "in" else "destination_ips"
    if not asked.get(side):
        raise invalid(f"rules.{side}", f"is required for direction {direction}")
    for network in asked[side]:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise invalid(f"rules.{side}", f"'{network}' is not a network without host bits") from None
    return {
        "direction": direction,
        "protocol": protocol,
        "port": port,
        "source_ips": asked.get("source_ips", []) if direction == "in" else [],
        "destination_ips": asked.get("destination_ips", []) if direction == "out" else [],
        "description": asked.get("description"),
    }


def _rules(asked: list[Json]) -> list[Json]:
    if len(asked) > MOST_RULES:
        raise invalid("rules", f"at most {MOST_RULES}")
    return [_rule(one) for one in asked]


def _targets(books: Books, asked: list[Json]) -> list[Json]:
    found: list[Json] = []
    for one in asked:
        if one.get("type") == "server":
            found.append({"type": "server", "server": {"id": books.find("servers", one["server"]["id"])["id"]}})
        elif one.get("type") == "label_selector":
            labels.selects(one["label_selector"]["selector"], {})
            found.append({"type": "label_selector", "label_selector": {"selector": one["label_selector"]["selector"]}})
        else:
            raise invalid("apply_to.type", "must be server or label_selector")
    return found


def _resources(record: Record, targets: list[Json]) -> list[tuple[str, int]]:
    servers = [("server", target["server"]["id"]) for target in targets if target["type"] == "server"]
    return [("firewall", record["id"]), *servers]


def apply(record: Record, targets: list[Json]) -> None:
    for target in targets:
        if target in record["applied_to"]:
            raise refused("firewall_already_applied", "firewall is already applied to this resource", 409)
        record["applied_to"].append(target)


resource.routes_of("firewalls", shown, protects=False)


@route("POST", "/firewalls")
def create(call: Call) -> Answer:
    born = resource.born(call, "firewalls")
    rules, targets = _rules(call.maybe("rules", [], list)), _targets(call.books, call.maybe("apply_to", [], list))
    record = call.books.add("firewalls", {**born, "rules": rules, "applied_to": targets})
    begun = [actions.start(call, "set_firewall_rules", [("firewall", record["id"])])] if rules else []
    if targets:
        begun.append(actions.start(call, "apply_firewall", _resources(record, targets)))
    return 201, {"firewall": shown(call.books, record), "actions": begun}


@route("DELETE", "/firewalls/{id}")
def delete(call: Call) -> Answer:
    record = call.books.free("firewalls", call.ids["id"])
    if record["applied_to"]:
        raise refused("resource_in_use", f"firewall {record['id']} is still applied", 422)
    call.books.drop("firewalls", record["id"])
    return 204, {}


@route("POST", "/firewalls/{id}/actions/set_rules")
def set_rules(call: Call) -> Answer:
    record = call.books.free("firewalls", call.ids["id"])
    record["rules"] = _rules(call.need("rules", list))
    return 201, {"actions": [actions.start(call, "set_firewall_rules", [("firewall", record["id"])])]}


@route("POST", "/firewalls/{id}/actions/apply_to_resources")
def apply_to_resources(call: Call) -> Answer:
    record = call.books.free("firewalls", call.ids["id"])
    targets = _targets(call.books, call.need("apply_to", list))
    apply(record, targets)
    return 201, {"actions": [actions.start(call, "apply_firewall", _resources(record, targets))]}


@route("POST", "/firewalls/{id}/actions/remove_from_resources")
def remove_from_resources(call: Call) -> Answer:
    record = call.books.free("firewalls", call.ids["id"])
    targets = _targets(call.books, call.need("remove_from", list))
    for target in targets:
        if target not in record["applied_to"]:
            raise refused("firewall_already_removed", "firewall is not applied to this resource", 409)
        record["applied_to"].remove(target)
    return 201, {"actions": [actions.start(call, "remove_firewall", _resources(record, targets))]}
