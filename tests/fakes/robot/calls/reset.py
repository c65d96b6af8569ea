"""/reset and /wol."""

from typing import Any

from tests.fakes.robot.answers import Answer, Refusal
from tests.fakes.robot.calls import Books, Form, call
from tests.fakes.robot.calls.boot import head
from tests.fakes.robot.calls.servers import server


def resettable(books: Books, number: str) -> dict[str, Any]:
    found = server(books, number)
    if not found["reset"]:
        raise Refusal(404, "RESET_NOT_AVAILABLE", "The server has no reset option")
    return found


@call("GET", "/reset")
def resets(books: Books, _form: Form) -> Answer:
    found = [one for one in books["servers"].values() if one["reset"]]
    if not found:
        raise Refusal(404, "NOT_FOUND", "No server with reset option found")
    return 200, [{"reset": {**head(one), "type": one["_reset_types"]}} for one in found]


@call("GET", "/reset/{n}")
def show_reset(books: Books, _form: Form, number: str) -> Answer:
    found = resettable(books, number)
    status = found.get("_operating", "running")
    return 200, {"reset": {**head(found), "type": found["_reset_types"], "operating_status": status}}


@call("POST", "/reset/{n}", 50)
def reset(books: Books, form: Form, number: str) -> Answer:
    found = resettable(books, number)
    kind = form.one_of("type", tuple(found["_reset_types"]))
    if found.get("_manual"):
        raise Refusal(409, "RESET_MANUAL_ACTIVE", "There is already a running manual reset")
    found["_manual"] = kind == "man"
    number = found["server_number"]
    boot = books["boot"].setdefault(str(number), {"rescue": None, "linux": None, "last": None})
    # An activation is for one boot.
    rescue, boot["rescue"] = boot["rescue"], None
    books["resets"].append({"server_number": number, "type": kind, "done": False, "_rescue": rescue})
    return 200, {"reset": {**head(found), "type": kind}}


@call("GET", "/wol/{n}")
def show_wol(books: Books, _form: Form, number: str) -> Answer:
    found = server(books, number)
    if not found["wol"]:
        raise Refusal(404, "WOL_NOT_AVAILABLE", "The server has no Wake On LAN option")
    return 200, {"wol": head(found)}


@call("POST", "/wol/{n}", 10)
def wake(books: Books, form: Form, number: str) -> Answer:
    return show_wol(books, form, number)
