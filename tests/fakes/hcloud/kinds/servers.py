"""Servers: how they are made, shown and deleted."""

import hashlib
import re
from typing import Any

from tests.fakes.hcloud import actions, catalog, resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.kinds import attachment, firewalls, placement_groups, primary_ips, volumes
from tests.fakes.hcloud.routes import Answer, Call, route

MOST_USER_DATA = 32 * 1024
HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
Json = dict[str, Any]


def mac(server: int, network: int) -> str:
    digits = hashlib.sha256(f"{server} {network}".encode()).hexdigest()
    return ":".join(["86", "00", "00", digits[0:2], digits[2:4], digits[4:6]])


def _public(books: Books, server: int, type_: str) -> Json | None:
    ip = primary_ips.of_server(books, server, type_)
    if not ip:
        return None
    names = ip["dns_ptr"] if type_ == "ipv6" else next((one["dns_ptr"] for one in ip["dns_ptr"]), _default_name(ip))
    return {"id": ip["id"], "ip": ip["ip"], "blocked": ip["blocked"], "dns_ptr": names}


def _default_name(ip: Record) -> str:
    return f"static.{'.'.join(reversed(ip['ip'].split('.')))}.clients.your-server.de"


def shown(books: Books, server: Record) -> Json:
    group = server["_placement_group"]
    return {
        **resource.plain(books, server),
        "server_type": catalog.named("server_types", server["_type"]),
        "location": catalog.named("locations", server["_location"]),
        "image": catalog.named("images", server["_image"]),
        "public_net": {
            "ipv4": _public(books, server["id"], "ipv4"),
            "ipv6": _public(books, server["id"], "ipv6"),
            "floating_ips": [],
            "firewalls": [{"id": one, "status": "applied"} for one in firewalls.of_server(books, server)],
        },
        "private_net": server["_nets"],
        "volumes": [volume["id"] for volume in books.all("volumes") if volume["server"] == server["id"]],
        "load_balancers": [],
        "placement_group": placement_groups.shown(books, books.find("placement_groups", group)) if group else None,
    }


def type_in(asked: object, location: str) -> Json:
    """A server type that is to be had in a location."""
    found = catalog.named("server_types", asked)
    if (found["name"], location) in catalog.SOLD_OUT:
        raise refused("resource_unavailable", f"server type {found['name']} is not available in {location}", 412)
    return found


def _addresses(call: Call, server: Record) -> None:
    asked = call.maybe("public_net", {}, dict)
    location = catalog.named("locations", server["_location"])
    for type_ in ("ipv4", "ipv6"):
        if not asked.get(f"enable_{type_}", True):
            continue
        if asked.get(type_):
            ip = call.books.free("primary_ips", asked[type_])
        else:
            name = f"primary_ip-{server['id']}-{type_}"
            ip = primary_ips.make(call, type_, location, {"name": name, "labels": {}}, auto_delete=True)
        primary_ips.assign(ip, server)


def _keys(call: Call) -> list[str]:
    by_name = {key["name"]: key for key in call.books.all("ssh_keys")}
    by_id = {str(key["id"]): key for key in call.books.all("ssh_keys")}
    keys = []
    for asked in call.maybe("ssh_keys", [], list):
        key = by_name.get(str(asked)) or by_id.get(str(asked))
        if not key:
            raise invalid("ssh_keys", f"SSH key '{asked}' not found")
        keys.append(key["public_key"])
    return keys


resource.routes_of("servers", shown, filters=("status",))


@route("POST", "/servers")
def create(call: Call) -> Answer:
    born = resource.born(call, "servers")
    if not re.fullmatch(HOST, born["name"]):
        raise invalid("name", "must be a host name")
    if "datacenter" in call.body:
        raise invalid("datacenter", "was removed, use location")
    if len(call.maybe("user_data", "").encode()) > MOST_USER_DATA:
        raise invalid("user_data", "at most 32 KiB")
    location = catalog.named("locations", call.maybe("location", "nbg1", (str, int)))
    type_ = type_in(call.need("server_type", (str, int)), location["name"])
    keys = _keys(call)
    group = call.maybe("placement_group", None, int)
    server = call.books.add(
        "servers",
        {
            **born,
            "status": "initializing",
            "iso": None,
            "rescue_enabled": False,
            "locked": False,
            "backup_window": None,
            "outgoing_traffic": 0,
            "ingoing_traffic": 0,
            "included_traffic": 21990232555520,
            "protection": {"delete": False, "rebuild": False},
            "primary_disk_size": type_["disk"],
            "_kind": "server",
            "_type": type_["id"],
            "_location": location["name"],
            "_image": catalog.image(call.need("image", (str, int)), type_["architecture"])["id"],
            "_placement_group": placement_groups.with_room(call.books, group)["id"] if group else None,
            "_user_data": call.maybe("user_data", ""),
            "_keys": keys,
            "_nets": [],
        },
    )
    _addresses(call, server)
    for network in call.maybe("networks", [], list):
        attach(call.books, server, network, None, [])
    if not server["_nets"] and call.maybe("public_net", {}, dict) == {"enable_ipv4": False, "enable_ipv6": False}:
        raise invalid("public_net", "a server needs an address or a network")
    for volume in call.maybe("volumes", [], list):
        volumes.place(call, call.books.free("volumes", volume), server)
    for firewall in call.maybe("firewalls", [], list):
        target = {"type": "server", "server": {"id": server["id"]}}
        firewalls.apply(call.books.find("firewalls", firewall["firewall"]), [target])
    status = "running" if call.maybe("start_after_create", True, bool) else "off"
    resources = [("server", server["id"])]
    effect = [("servers", server["id"], {"status": status})]
    body = {
        "server": shown(call.books, server),
        "action": actions.start(call, "create_server", resources, effect),
        "next_actions": [actions.start(call, "start_server", resources)] if status == "running" else [],
        "root_password": None if keys else "made-up-password",
    }
    return 201, body


def attach(
    books: Books, server: Record, network: int, ip: str | None, alias_ips: list[str], range_: str | None = None
) -> None:
    place = attachment.entry(books, server, network, ip, range_)
    place |= {"alias_ips": alias_ips, "mac_address": mac(server["id"], network)}
    server["_nets"].append(place)


@route("DELETE", "/servers/{id}")
def delete(call: Call) -> Answer:
    """Volumes and kept addresses are free again, addresses of its own go with it."""
    server = resource.unprotected(call, "servers")
    id_ = server["id"]
    ends = [("servers", id_)]
    changes: list[tuple[str, int, Json]] = []
    for ip in call.books.all("primary_ips"):
        if ip["assignee_id"] == id_ and ip["auto_delete"]:
            ends.append(("primary_ips", ip["id"]))
        elif ip["assignee_id"] == id_:
            changes.append(("primary_ips", ip["id"], {"assignee_id": None, "assignee_type": primary_ips.FREE}))
    for volume in call.books.all("volumes"):
        if volume["server"] == id_:
            changes.append(("volumes", volume["id"], {"server": None}))
    for kind, key in (("firewalls", "applied_to"), ("load_balancers", "targets")):
        for record in call.books.all(kind):
            left = [target for target in record[key] if target.get("server", {}).get("id") != id_]
            if left != record[key]:
                changes.append((kind, record["id"], {key: left}))
    return 200, {"action": actions.start(call, "delete_server", [("server", id_)], changes, ends)}
