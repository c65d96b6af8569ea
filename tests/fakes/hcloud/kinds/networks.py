"""Private networks with their subnets and routes."""

import ipaddress
from typing import Any

from tests.fakes.hcloud import actions, catalog, resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, not_found, refused
from tests.fakes.hcloud.listing import page
from tests.fakes.hcloud.routes import Answer, Call, route

PRIVATE = [ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
NEVER_A_GATEWAY = "172.31.1.1"
TYPES = ("cloud", "server", "vswitch")


def attached(books: Books, network: int) -> list[tuple[Record, dict[str, Any]]]:
    """Servers and load balancers in a network, each with its entry there."""
    return [
        (record, net)
        for kind in ("servers", "load_balancers")
        for record in books.all(kind)
        for net in record["_nets"]
        if net["network"] == network
    ]


def shown(books: Books, record: Record) -> dict[str, Any]:
    inside = attached(books, record["id"])
    return {
        **resource.plain(books, record),
        "servers": [one["id"] for one, _ in inside if one["_kind"] == "server"],
        "load_balancers": [one["id"] for one, _ in inside if one["_kind"] == "load_balancer"],
    }


def _range(field: str, text: str) -> ipaddress.IPv4Network:
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid(field, "must be a network in CIDR notation") from None
    if not any(found.subnet_of(private) for private in PRIVATE):
        raise invalid(field, "must be a private network (RFC 1918)")
    return found


def subnet(network: Record, asked: dict[str, Any], books: Books) -> dict[str, Any]:
    """The subnet as the API keeps it: inside the network, beside the other subnets, with its gateway."""
    whole = _range("ip_range", network["ip_range"])
    type_ = asked.get("type")
    if type_ not in TYPES:
        raise invalid("type", f"must be one of {', '.join(TYPES)}")
    if asked.get("network_zone") not in catalog.ZONES:
        raise invalid("network_zone", "is not known")
    others = [ipaddress.IPv4Network(other["ip_range"]) for other in network["subnets"]]
    if asked.get("ip_range"):
        wanted = _range("ip_range", asked["ip_range"])
    else:
        free = (candidate for candidate in whole.subnets(new_prefix=max(24, whole.prefixlen)))
        wanted = next((one for one in free if not any(one.overlaps(other) for other in others)), whole)
    if not wanted.subnet_of(whole):
        raise invalid("ip_range", "must be inside the network's ip_range")
    if any(wanted.overlaps(other) for other in others):
        raise refused("networks_overlap", "subnets overlap", 409)
    vswitch = asked.get("vswitch_id") if type_ == "vswitch" else None
    if type_ == "vswitch":
        if not isinstance(vswitch, int):
            raise invalid("vswitch_id", "is required for type vswitch")
        if asked["network_zone"] != "eu-central":
            raise invalid("network_zone", "a vSwitch can be coupled in eu-central only")
        if any(one.get("vswitch_id") == vswitch for net in books.all("networks") for one in net["subnets"]):
            raise refused("vswitch_id_already_used", f"vSwitch {vswitch} is used already", 409)
    first = (wanted if type_ == "vswitch" else whole)[1]
    return {
        "type": type_,
        "ip_range": str(wanted),
        "network_zone": asked["network_zone"],
        "gateway": str(first),
        "vswitch_id": vswitch,
    }


def _route(network: Record, asked: dict[str, Any]) -> dict[str, str]:
    try:
        destination = ipaddress.IPv4Network(asked.get("destination", ""))
        gateway = ipaddress.IPv4Address(asked.get("gateway", ""))
    except ValueError:
        raise invalid("destination", "destination and gateway must be a network and an address") from None
    whole = ipaddress.IPv4Network(network["ip_range"])
    if gateway not in whole or gateway == whole[1] or str(gateway) == NEVER_A_GATEWAY:
        raise invalid("gateway", f"must be inside the network, neither its first address nor {NEVER_A_GATEWAY}")
    if any(destination == ipaddress.IPv4Network(one["destination"]) for one in network["routes"]):
        raise refused("networks_overlap", "a route to this destination exists", 409)
    return {"destination": str(destination), "gateway": str(gateway)}


resource.routes_of("networks", shown)


@route("POST", "/networks")
def create(call: Call) -> Answer:
    born = resource.born(call, "networks")
    whole = _range("ip_range", call.need("ip_range"))
    record = {
        **born,
        "ip_range": str(whole),
        "subnets": [],
        "routes": [],
        "expose_routes_to_vswitch": call.maybe("expose_routes_to_vswitch", False, bool),
        "protection": {"delete": False},
    }
    for asked in call.maybe("subnets", [], list):
        record["subnets"].append(subnet(record, asked, call.books))
    for asked in call.maybe("routes", [], list):
        record["routes"].append(_route(record, asked))
    return 201, {"network": shown(call.books, call.books.add("networks", record))}


@route("DELETE", "/networks/{id}")
def delete(call: Call) -> Answer:
    """What is attached is detached."""
    network = resource.unprotected(call, "networks")
    for record, net in attached(call.books, network["id"]):
        record["_nets"].remove(net)
    call.books.drop("networks", network["id"])
    return 204, {}


def _changed(call: Call, command: str, network: Record, values: dict[str, Any]) -> Answer:
    effect = [("networks", network["id"], values)]
    return 201, {"action": actions.start(call, command, [("network", network["id"])], effect)}


@route("POST", "/networks/{id}/actions/add_subnet")
def add_subnet(call: Call) -> Answer:
    network = call.books.free("networks", call.ids["id"])
    subnets = [*network["subnets"], subnet(network, call.body, call.books)]
    return _changed(call, "add_subnet", network, {"subnets": subnets})


@route("POST", "/networks/{id}/actions/delete_subnet")
def delete_subnet(call: Call) -> Answer:
    network = call.books.free("networks", call.ids["id"])
    wanted = call.need("ip_range")
    left = [one for one in network["subnets"] if one["ip_range"] != wanted]
    if len(left) == len(network["subnets"]):
        raise not_found(f"subnet {wanted}")
    gone = ipaddress.IPv4Network(wanted)
    if any(ipaddress.IPv4Address(net["ip"]) in gone for _, net in attached(call.books, network["id"])):
        raise refused("resource_in_use", f"servers are attached to {wanted}", 409)
    return _changed(call, "delete_subnet", network, {"subnets": left})


@route("POST", "/networks/{id}/actions/add_route")
def add_route(call: Call) -> Answer:
    network = call.books.free("networks", call.ids["id"])
    return _changed(call, "add_route", network, {"routes": [*network["routes"], _route(network, call.body)]})


@route("POST", "/networks/{id}/actions/delete_route")
def delete_route(call: Call) -> Answer:
    network = call.books.free("networks", call.ids["id"])
    wanted = {"destination": call.need("destination"), "gateway": call.need("gateway")}
    if wanted not in network["routes"]:
        raise not_found(f"route to {wanted['destination']}")
    left = [one for one in network["routes"] if one != wanted]
    return _changed(call, "delete_route", network, {"routes": left})


@route("POST", "/networks/{id}/actions/change_ip_range")
def change_ip_range(call: Call) -> Answer:
    """It can only grow: all that is inside stays inside."""
    network = call.books.free("networks", call.ids["id"])
    wider = _range("ip_range", call.need("ip_range"))
    if not ipaddress.IPv4Network(network["ip_range"]).subnet_of(wider):
        raise invalid("ip_range", "must contain the present ip_range")
    return _changed(call, "change_ip_range", network, {"ip_range": str(wider)})


@route("GET", "/networks/{id}/members")
def members(call: Call) -> Answer:
    network = call.books.find("networks", call.ids["id"])
    rows = []
    for record, net in attached(call.books, network["id"]):
        inside = [
            one["ip_range"]
            for one in network["subnets"]
            if ipaddress.ip_address(net["ip"]) in ipaddress.ip_network(one["ip_range"])
        ]
        row = {"id": record["id"], "type": record["_kind"], "ip": net["ip"], "alias_ips": net.get("alias_ips", [])}
        rows.append({**row, "subnet": inside[0], "status": "attached"})
    one_page, meta, call.link = page(rows, call.query, call.path)
    return 200, {"members": one_page, "meta": meta}
