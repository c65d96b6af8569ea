"""Load balancers: how they are made, shown and deleted, and what is changed as a whole."""

from typing import Any

from tests.fakes.hcloud import actions, catalog, resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid
from tests.fakes.hcloud.kinds import attachment, load_balancer_parts, primary_ips
from tests.fakes.hcloud.routes import Answer, Call, Function, route

ALGORITHMS = ("round_robin", "least_connections")


def shown(books: Books, record: Record) -> dict[str, Any]:
    names = {entry["ip"]: entry["dns_ptr"] for entry in record["_names"]}
    addresses = {type_: {"ip": ip, "dns_ptr": names.get(ip)} for type_, ip in record["_addresses"].items()}
    return {
        **resource.plain(books, record),
        "public_net": {"enabled": record["_public"], **addresses},
        "private_net": record["_nets"],
        "location": catalog.named("locations", record["_location"]),
        "load_balancer_type": catalog.named("load_balancer_types", record["_type"]),
        "targets": [load_balancer_parts.shown_target(books, record, target) for target in record["targets"]],
    }


resource.routes_of("load_balancers", shown)


@route("POST", "/load_balancers")
def create(call: Call) -> Answer:
    born = resource.born(call, "load_balancers")
    if ("location" in call.body) == ("network_zone" in call.body):
        raise invalid("location", "exactly one of location and network_zone is required")
    if "location" in call.body:
        location = catalog.named("locations", call.body["location"])
    else:
        zone = [row for row in catalog.LOCATIONS if row["network_zone"] == call.body["network_zone"]]
        location = zone[0] if zone else catalog.named("locations", call.body["network_zone"])
    number = call.books.number("next_address")
    record = call.books.add(
        "load_balancers",
        {
            **born,
            "algorithm": {"type": _algorithm(call.maybe("algorithm", {}, dict))},
            "services": [],
            "targets": [],
            "protection": {"delete": False},
            "included_traffic": 21990232555520,
            "outgoing_traffic": 0,
            "ingoing_traffic": 0,
            "_kind": "load_balancer",
            "_type": catalog.named("load_balancer_types", call.need("load_balancer_type", (str, int)))["id"],
            "_location": location["name"],
            "_public": call.maybe("public_interface", True, bool),
            "_addresses": {"ipv4": f"203.0.113.{number % 256}", "ipv6": f"2001:db8:{number:x}::1"},
            "_names": [],
            "_nets": [],
        },
    )
    if network := call.maybe("network", None, int):
        record["_nets"].append(attachment.entry(call.books, record, network, None))
    for service in call.maybe("services", [], list):
        load_balancer_parts.put_service(record, service)
    for target in call.maybe("targets", [], list):
        load_balancer_parts.put_target(call, record, target)
    action = actions.start(call, "create_load_balancer", [("load_balancer", record["id"])])
    return 201, {"load_balancer": shown(call.books, record), "action": action}


def _algorithm(asked: dict[str, Any]) -> str:
    type_ = asked.get("type", ALGORITHMS[0])
    if type_ not in ALGORITHMS:
        raise invalid("type", f"must be one of {', '.join(ALGORITHMS)}")
    return str(type_)


@route("DELETE", "/load_balancers/{id}")
def delete(call: Call) -> Answer:
    record = resource.unprotected(call, "load_balancers")
    ends = [("load_balancers", record["id"])]
    return 200, {"action": actions.start(call, "delete_load_balancer", [("load_balancer", record["id"])], drop=ends)}


def _action(name: str, change: Any) -> Function:
    """change(call, record) does it, and is refused before anything is done."""

    @route("POST", f"/load_balancers/{{id}}/actions/{name}")
    def function(call: Call) -> Answer:
        record = call.books.free("load_balancers", call.ids["id"])
        change(call, record)
        return 201, {"action": actions.start(call, name, [("load_balancer", record["id"])])}

    return function


def _attach(call: Call, record: Record) -> None:
    network, ip = call.need("network", int), call.maybe("ip", None)
    record["_nets"].append(attachment.entry(call.books, record, network, ip, call.maybe("ip_range", None)))


def _dns_ptr(call: Call, record: Record) -> None:
    if call.need("ip") not in record["_addresses"].values():
        raise invalid("ip", "is not an address of this load balancer")
    named = {"ip": call.body["ip"], "dns_ptr": [], "location": None}
    primary_ips.set_dns_ptr(call, named)
    others = [entry for entry in record["_names"] if entry["ip"] != call.body["ip"]]
    record["_names"] = [*others, *named["dns_ptr"]]


def _change_type(call: Call, record: Record) -> None:
    record["_type"] = catalog.named("load_balancer_types", call.need("load_balancer_type", (str, int)))["id"]


_action("attach_to_network", _attach)
_action("detach_from_network", lambda call, r: r.update(_nets=attachment.leave(r, call.need("network", int))))
_action("change_algorithm", lambda call, record: record.update(algorithm={"type": _algorithm(call.body)}))
_action("enable_public_interface", lambda _call, record: record.update(_public=True))
_action("disable_public_interface", lambda _call, record: record.update(_public=False))
_action("change_type", _change_type)
_action("change_dns_ptr", _dns_ptr)
_action("add_service", lambda call, record: load_balancer_parts.put_service(record, call.body))
_action("update_service", lambda call, record: load_balancer_parts.change_service(record, call.body))
_action("delete_service", lambda call, record: load_balancer_parts.end_service(record, call.need("listen_port", int)))
_action("add_target", lambda call, record: load_balancer_parts.put_target(call, record, call.body))
_action("remove_target", lambda call, record: load_balancer_parts.end_target(record, call.body))
