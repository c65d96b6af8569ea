"""Public addresses. A server's public network is the addresses assigned to it."""

import ipaddress
from typing import Any

from tests.fakes.hcloud import actions, catalog, resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.routes import Answer, Call, route

FREE = "unassigned"


def make(call: Call, type_: str, location: dict[str, Any], born: dict[str, Any], auto_delete: bool) -> Record:
    """An address from the ranges kept for documentation, or the one `addresses` in control.json gives its name."""
    number = call.books.number("next_address")
    address = str(ipaddress.IPv4Address("198.51.100.0") + number)
    if type_ == "ipv6":
        address = f"2001:db8:{number:x}::/64"
    record = {
        **born,
        "type": type_,
        "ip": call.control.value("addresses", {}).get(born["name"], address),
        "dns_ptr": [],
        "blocked": False,
        "location": location,
        "protection": {"delete": False},
        "assignee_id": None,
        "assignee_type": FREE,
        "auto_delete": auto_delete,
    }
    return call.books.add("primary_ips", record)


def of_server(books: Books, server: int, type_: str) -> Record | None:
    return next((ip for ip in books.all("primary_ips") if (ip["assignee_id"], ip["type"]) == (server, type_)), None)


def assign(ip: Record, server: Record) -> None:
    if ip["assignee_id"] not in (None, server["id"]):
        raise refused("primary_ip_already_assigned", f"primary IP {ip['id']} is assigned already", 409)
    if ip["location"]["name"] != server["_location"]:
        raise invalid("primary_ip", "is in another location than the server")
    ip.update(assignee_id=server["id"], assignee_type="server")


def stopped(call: Call, id_: int) -> Record:
    server = call.books.free("servers", id_)
    if server["status"] != "off":
        raise refused("server_not_stopped", f"server {id_} must be powered off", 412)
    return server


def set_dns_ptr(call: Call, ip: Record) -> None:
    """dns_ptr null takes the name away."""
    address, name = call.need("ip"), call.maybe("dns_ptr", None)
    network = ipaddress.ip_network(ip["ip"])
    try:
        inside = ipaddress.ip_address(address) in network
    except ValueError:
        inside = False
    if not inside:
        raise invalid("ip", f"is not an address of {ip['ip']}")
    others = [entry for entry in ip["dns_ptr"] if entry["ip"] != address]
    ip["dns_ptr"] = [*others, {"ip": address, "dns_ptr": name}] if name else others


resource.routes_of("primary_ips", filters=("ip", "type"))


@route("POST", "/primary_ips")
def create(call: Call) -> Answer:
    if call.need("type") not in ("ipv4", "ipv6"):
        raise invalid("type", "must be ipv4 or ipv6")
    if "datacenter" in call.body:
        raise invalid("datacenter", "was removed, use location")
    assignee = call.maybe("assignee_id", None, int)
    if not assignee:
        location = catalog.named("locations", call.need("location", (str, int)))
        ip = make(
            call,
            call.body["type"],
            location,
            resource.born(call, "primary_ips"),
            call.maybe("auto_delete", False, bool),
        )
        return 201, {"primary_ip": resource.plain(call.books, ip), "action": None}
    if call.maybe("assignee_type", "") != "server":
        raise invalid("assignee_type", "must be server, with assignee_id")
    server = stopped(call, assignee)
    location = catalog.named("locations", server["_location"])
    born = resource.born(call, "primary_ips")
    ip = make(call, call.body["type"], location, born, call.maybe("auto_delete", False, bool))
    assign(ip, server)
    action = actions.start(call, "create_primary_ip", [("primary_ip", ip["id"]), ("server", server["id"])])
    return 201, {"primary_ip": resource.plain(call.books, ip), "action": action}


@route("DELETE", "/primary_ips/{id}")
def delete(call: Call) -> Answer:
    ip = resource.unprotected(call, "primary_ips")
    if ip["assignee_id"] is not None:
        stopped(call, ip["assignee_id"])
    call.books.drop("primary_ips", ip["id"])
    return 204, {}


@route("POST", "/primary_ips/{id}/actions/assign")
def assign_(call: Call) -> Answer:
    ip = call.books.free("primary_ips", call.ids["id"])
    if call.need("assignee_type") != "server":
        raise invalid("assignee_type", "must be server")
    server = stopped(call, call.need("assignee_id", int))
    assign(ip, server)
    resources = [("primary_ip", ip["id"]), ("server", server["id"])]
    return 201, {"action": actions.start(call, "assign_primary_ip", resources)}


@route("POST", "/primary_ips/{id}/actions/unassign")
def unassign(call: Call) -> Answer:
    ip = call.books.free("primary_ips", call.ids["id"])
    if ip["assignee_id"] is None:
        raise refused("primary_ip_not_assigned", f"primary IP {ip['id']} is not assigned", 409)
    stopped(call, ip["assignee_id"])
    ip.update(assignee_id=None, assignee_type=FREE)
    return 201, {"action": actions.start(call, "unassign_primary_ip", [("primary_ip", ip["id"])])}


@route("POST", "/primary_ips/{id}/actions/change_dns_ptr")
def change_dns_ptr(call: Call) -> Answer:
    ip = call.books.free("primary_ips", call.ids["id"])
    set_dns_ptr(call, ip)
    return 201, {"action": actions.start(call, "change_dns_ptr", [("primary_ip", ip["id"])])}
