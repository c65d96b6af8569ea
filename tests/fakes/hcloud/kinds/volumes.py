"""Volumes: they outlive the server they are attached to."""

from typing import Any

from tests.fakes.hcloud import actions, catalog, resource
from tests.fakes.hcloud.books import Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.routes import Answer, Call, route

LEAST_GB, MOST_GB = 10, 10_240
MOST_PER_SERVER = 16

resource.routes_of("volumes", filters=("status",))


def _size(call: Call) -> int:
    size = int(call.need("size", int))
    if not LEAST_GB <= size <= MOST_GB:
        raise invalid("size", f"must be from {LEAST_GB} to {MOST_GB}")
    return size


def place(call: Call, volume: Record, server: Record) -> None:
    """Attach it."""
    if volume["server"] is not None:
        raise refused("volume_already_attached", f"volume {volume['id']} is attached to {volume['server']}", 409)
    if volume["location"]["name"] != server["_location"]:
        raise invalid("server", "is in another location than the volume")
    if sum(one["server"] == server["id"] for one in call.books.all("volumes")) >= MOST_PER_SERVER:
        raise refused("resource_limit_exceeded", f"at most {MOST_PER_SERVER} volumes a server", 403)
    volume["server"] = server["id"]


@route("POST", "/volumes")
def create(call: Call) -> Answer:
    born, size = resource.born(call, "volumes"), _size(call)
    server_id = call.maybe("server", None, int)
    if (server_id is None) == ("location" not in call.body):
        raise invalid("location", "exactly one of location and server is required")
    if call.maybe("format", "ext4") not in ("ext4", "xfs"):
        raise invalid("format", "must be ext4 or xfs")
    server = call.books.free("servers", server_id) if server_id else None
    location = catalog.named("locations", server["_location"] if server else call.need("location", (str, int)))
    record = {**born, "size": size, "location": location, "server": None, "format": call.maybe("format", None)}
    record |= {"status": "creating", "linux_device": None, "protection": {"delete": False}}
    volume = call.books.add("volumes", record)
    volume["linux_device"] = f"/dev/disk/by-id/scsi-0HC_Volume_{volume['id']}"
    resources = [("volume", volume["id"])]
    action = actions.start(call, "create_volume", resources, [("volumes", volume["id"], {"status": "available"})])
    following = []
    if server:
        place(call, volume, server)
        following.append(actions.start(call, "attach_volume", [*resources, ("server", server["id"])]))
    return 201, {"volume": resource.plain(call.books, volume), "action": action, "next_actions": following}


@route("DELETE", "/volumes/{id}")
def delete(call: Call) -> Answer:
    volume = resource.unprotected(call, "volumes")
    if volume["server"] is not None:
        raise refused("service_error", f"volume {volume['id']} is still attached", 422)
    call.books.drop("volumes", volume["id"])
    return 204, {}


def _begin(call: Call, command: str, volume: Record, server: int | None, values: dict[str, Any]) -> Answer:
    resources = [("volume", volume["id"]), *([("server", server)] if server else [])]
    return 201, {"action": actions.start(call, command, resources, [("volumes", volume["id"], values)])}


@route("POST", "/volumes/{id}/actions/attach")
def attach(call: Call) -> Answer:
    volume = call.books.free("volumes", call.ids["id"])
    server = call.books.free("servers", call.need("server", int))
    place(call, volume, server)
    return _begin(call, "attach_volume", volume, server["id"], {})


@route("POST", "/volumes/{id}/actions/detach")
def detach(call: Call) -> Answer:
    volume = call.books.free("volumes", call.ids["id"])
    if volume["server"] is None:
        raise refused("volume_not_attached", f"volume {volume['id']} is not attached", 422)
    return _begin(call, "detach_volume", volume, volume["server"], {"server": None})


@route("POST", "/volumes/{id}/actions/resize")
def resize(call: Call) -> Answer:
    volume, size = call.books.free("volumes", call.ids["id"]), _size(call)
    if size <= volume["size"]:
        raise invalid("size", f"must be larger than {volume['size']}")
    return _begin(call, "resize_volume", volume, volume["server"], {"size": size})
