"""What every kind of resource has: a list, itself, new name and labels, protection, actions."""

from collections.abc import Callable
from typing import Any

from tests.fakes.hcloud import actions, labels
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import protected
from tests.fakes.hcloud.listing import filtered, page
from tests.fakes.hcloud.routes import Answer, Call, route

View = Callable[[Books, Record], dict[str, Any]]


def plain(_books: Books, record: Record) -> dict[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("_")}


def routes_of(
    kind: str, view: View = plain, filters: tuple[str, ...] = (), protects: bool = True, acts: bool = True
) -> None:
    """filters: fields a list can be narrowed by, beside name and labels. acts: it has actions."""
    singular = kind.removesuffix("s")

    @route("GET", f"/{kind}")
    def several(call: Call) -> Answer:
        shown = [view(call.books, record) for record in call.books.all(kind)]
        one_page, meta, call.link = page(filtered(shown, call.query, ("name", *filters)), call.query, call.path)
        return 200, {kind: one_page, "meta": meta}

    @route("GET", f"/{kind}/{{id}}")
    def one(call: Call) -> Answer:
        return 200, {singular: view(call.books, call.books.find(kind, call.ids["id"]))}

    @route("PUT", f"/{kind}/{{id}}")
    def change(call: Call) -> Answer:
        record = call.books.find(kind, call.ids["id"])
        if "name" in call.body:
            record["name"] = call.books.unique(kind, call.need("name"), but=record["id"])
        if "labels" in call.body:
            record["labels"] = labels.checked(call.body["labels"])
        for key in ("auto_delete", "expose_routes_to_vswitch"):
            if key in record:
                record[key] = call.maybe(key, record[key], bool)
        return 200, {singular: view(call.books, record)}

    if acts:
        actions.routes_of(kind)
    if protects:

        @route("POST", f"/{kind}/{{id}}/actions/change_protection")
        def protect(call: Call) -> Answer:
            record = call.books.free(kind, call.ids["id"])
            asked = {key: call.maybe(key, value, bool) for key, value in record["protection"].items()}
            effect = [(kind, record["id"], {"protection": asked})]
            return 201, {"action": actions.start(call, "change_protection", [(singular, record["id"])], effect)}


def born(call: Call, kind: str) -> dict[str, Any]:
    """Name and labels of something new."""
    return {
        "name": call.books.unique(kind, call.need("name")),
        "labels": labels.checked(call.maybe("labels", {}, dict)),
    }


def unprotected(call: Call, kind: str) -> Record:
    """What is to be deleted, unless it is protected or an action runs on it."""
    record = call.books.free(kind, call.ids["id"])
    if record["protection"]["delete"]:
        raise protected(f"{kind.removesuffix('s')} {record['id']}")
    return record
