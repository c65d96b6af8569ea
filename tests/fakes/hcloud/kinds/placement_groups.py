"""Placement groups of type spread: at most ten servers, no two of them on one host."""

from typing import Any

from tests.fakes.hcloud import resource
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, refused
from tests.fakes.hcloud.routes import Answer, Call, route

MOST_SERVERS = 10


def members(books: Books, group: int) -> list[int]:
    return [server["id"] for server in books.all("servers") if server["_placement_group"] == group]


def shown(books: Books, record: Record) -> dict[str, Any]:
    return {**record, "servers": members(books, record["id"])}


def with_room(books: Books, id_: int) -> Record:
    group = books.find("placement_groups", id_)
    if len(members(books, group["id"])) >= MOST_SERVERS:
        raise refused("placement_error", f"a placement group holds {MOST_SERVERS} servers", 412)
    return group


resource.routes_of("placement_groups", shown, filters=("type",), protects=False, acts=False)


@route("POST", "/placement_groups")
def create(call: Call) -> Answer:
    if call.need("type") != "spread":
        raise invalid("type", "must be spread")
    record = call.books.add("placement_groups", {**resource.born(call, "placement_groups"), "type": "spread"})
    return 201, {"placement_group": shown(call.books, record), "action": None}


@route("DELETE", "/placement_groups/{id}")
def delete(call: Call) -> Answer:
    """Its servers stay, in no group."""
    group = call.books.find("placement_groups", call.ids["id"])
    for server in call.books.all("servers"):
        if server["_placement_group"] == group["id"]:
            server["_placement_group"] = None
    call.books.drop("placement_groups", group["id"])
    return 204, {}
