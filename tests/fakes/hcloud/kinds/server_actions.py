"""What is done to a server: power, another type, rescue, a new system, backups, its name in the DNS."""

from typing import Any

from tests.fakes.hcloud import actions, catalog
from tests.fakes.hcloud.books import Record
from tests.fakes.hcloud.errors import invalid, not_found, protected, refused
from tests.fakes.hcloud.kinds import primary_ips, servers
from tests.fakes.hcloud.routes import Answer, Call, Function, route

WINDOW = "22-02"
PASSWORD = "made-up-password"
POWER = {  # action: the command its record names, the status it ends with
    "poweron": ("start_server", "running"),
    "poweroff": ("stop_server", "off"),
    "shutdown": ("shutdown_server", "off"),
    "reboot": ("reboot_server", "running"),
    "reset": ("reset_server", "running"),
}


def begun(call: Call, command: str, server: Record, values: dict[str, Any]) -> dict[str, Any]:
    return actions.start(call, command, [("server", server["id"])], [("servers", server["id"], values)])


def _power(name: str) -> Function:
    command, status = POWER[name]

    def function(call: Call) -> Answer:
        server = call.books.free("servers", call.ids["id"])
        return 201, {"action": begun(call, command, server, {"status": status})}

    return function


for _name in POWER:
    route("POST", f"/servers/{{id}}/actions/{_name}")(_power(_name))


@route("POST", "/servers/{id}/actions/reset_password")
def reset_password(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    return 201, {"action": begun(call, "reset_password", server, {}), "root_password": PASSWORD}


@route("POST", "/servers/{id}/actions/change_type")
def change_type(call: Call) -> Answer:
    server = primary_ips.stopped(call, int(call.ids["id"]))
    old = catalog.named("server_types", server["_type"])
    new = servers.type_in(call.need("server_type", (str, int)), server["_location"])
    if new["architecture"] != old["architecture"]:
        raise invalid("server_type", "has another architecture")
    if new["disk"] < server["primary_disk_size"]:
        raise invalid("server_type", "its disk is smaller than the server's")
    values = {"_type": new["id"]}
    if call.need("upgrade_disk", bool):
        values["primary_disk_size"] = new["disk"]
    return 201, {"action": begun(call, "change_server_type", server, values)}


@route("POST", "/servers/{id}/actions/enable_rescue")
def enable_rescue(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    if call.maybe("type", "linux64") != "linux64":
        raise invalid("type", "must be linux64")
    action = begun(call, "enable_rescue", server, {"rescue_enabled": True})
    return 201, {"action": action, "root_password": PASSWORD}


@route("POST", "/servers/{id}/actions/disable_rescue")
def disable_rescue(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    return 201, {"action": begun(call, "disable_rescue", server, {"rescue_enabled": False})}


@route("POST", "/servers/{id}/actions/rebuild")
def rebuild(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    if server["protection"]["rebuild"]:
        raise protected(f"server {server['id']}")
    architecture = catalog.named("server_types", server["_type"])["architecture"]
    image = catalog.image(call.need("image", (str, int)), architecture)
    values = {"_image": image["id"], "status": "running"}
    return 201, {"action": begun(call, "rebuild_server", server, values), "root_password": None}


@route("POST", "/servers/{id}/actions/enable_backup")
def enable_backup(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    return 201, {"action": begun(call, "enable_backup", server, {"backup_window": WINDOW})}


@route("POST", "/servers/{id}/actions/disable_backup")
def disable_backup(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    return 201, {"action": begun(call, "disable_backup", server, {"backup_window": None})}


@route("POST", "/servers/{id}/actions/change_dns_ptr")
def change_dns_ptr(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    type_ = "ipv6" if ":" in call.need("ip") else "ipv4"
    ip = primary_ips.of_server(call.books, server["id"], type_)
    if not ip:
        raise not_found(f"{type_} address of server {server['id']}")
    primary_ips.set_dns_ptr(call, ip)
    return 201, {"action": begun(call, "change_dns_ptr", server, {})}


@route("POST", "/servers/{id}/actions/attach_iso")
def attach_iso(call: Call) -> Answer:
    raise refused("not_found", f"ISO '{call.need('iso', (str, int))}' not found: the fake has none", 404)
