"""Actions: what takes a while. One has finished when it was asked for a few times, and only then takes effect.

Effects are kept in the books with the action, as `_set` (fields of records) and `_drop` (records that end), so that
a server killed in between takes up where it was.
"""

from typing import Any

from tests.fakes.hcloud.books import Books, Record, now
from tests.fakes.hcloud.control import Control
from tests.fakes.hcloud.errors import not_found
from tests.fakes.hcloud.listing import filtered, page
from tests.fakes.hcloud.routes import Answer, Call, route

POLLS = 2
Resources = list[tuple[str, int]]


def start(
    call: Call,
    command: str,
    resources: Resources,
    set_: list[tuple[str, int, dict[str, Any]]] | None = None,
    drop: list[tuple[str, int]] | None = None,
) -> dict[str, Any]:
    """A running action, as the answer shows it. resources: (type in the singular, id). set_, drop: by kind and id."""
    polls = call.control.value("polls", POLLS)
    record = call.books.add(
        "actions",
        {
            "command": command,
            "status": "running",
            "progress": 0,
            "started": now(),
            "finished": None,
            "resources": [{"id": id_, "type": type_} for type_, id_ in resources],
            "error": None,
            "_left": polls,
            "_polls": polls,
            "_set": set_ or [],
            "_drop": drop or [],
        },
    )
    if not polls:
        _finish(call.books, call.control, record)
    return shown(record)


def shown(record: Record) -> dict[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("_") and key != "created"}


def _poll(books: Books, control: Control, record: Record) -> Record:
    if record["status"] == "running":
        record["_left"] -= 1
        record["progress"] = 100 * (record["_polls"] - record["_left"]) // record["_polls"]
        if record["_left"] <= 0:
            _finish(books, control, record)
    return record


def _finish(books: Books, control: Control, record: Record) -> None:
    fault = control.action(record["command"])
    record.update(finished=now(), progress=100, status="error" if fault else "success")
    if fault:
        record["error"] = {"code": fault["code"], "message": fault["message"]}
        return
    for kind, id_, values in record["_set"]:
        books.find(kind, id_).update(values)
    for kind, id_ in record["_drop"]:
        books.drop(kind, id_)


def _listed(call: Call, records: list[Record]) -> Answer:
    chosen = filtered(records, call.query, ("id", "status", "command"))
    one_page, meta, call.link = page(chosen, call.query, call.path)
    return 200, {"actions": [shown(_poll(call.books, call.control, record)) for record in one_page], "meta": meta}


def _of(call: Call, kind: str) -> list[Record]:
    wanted = call.ids.get("id")
    singular = kind.removesuffix("s")
    return [
        action
        for action in call.books.all("actions")
        for resource in action["resources"]
        if resource["type"] == singular and wanted in (None, str(resource["id"]))
    ]


@route("GET", "/actions")
def all_of_them(call: Call) -> Answer:
    return _listed(call, call.books.all("actions"))


@route("GET", "/actions/{action}")
def one(call: Call) -> Answer:
    record = call.books.find("actions", call.ids["action"])
    return 200, {"action": shown(_poll(call.books, call.control, record))}


def routes_of(kind: str) -> None:
    """The same, for one kind of resource and for one resource."""

    def several(call: Call) -> Answer:
        return _listed(call, _of(call, kind))

    def single(call: Call) -> Answer:
        for record in _of(call, kind):
            if str(record["id"]) == call.ids["action"]:
                return 200, {"action": shown(_poll(call.books, call.control, record))}
        raise not_found(f"action with ID '{call.ids['action']}'")

    for place in (f"/{kind}", f"/{kind}/{{id}}"):
        route("GET", f"{place}/actions")(several)
        route("GET", f"{place}/actions/{{action}}")(single)
