"""/vswitch: not wrapped in a key of its own, unlike everything else."""

from typing import Any

from tests.fakes.robot.answers import Answer, Refusal, invalid, shown
from tests.fakes.robot.calls import Books, Form, call
from tests.fakes.robot.calls.servers import server

PER_SWITCH, PER_SERVER = 100, 5


def switch(books: Books, id_: str) -> dict[str, Any]:
    found: dict[str, Any] | None = books["vswitches"].get(id_)
    if found is None:
        raise Refusal(404, "NOT_FOUND", "vSwitch not found")
    return found


def single(found: dict[str, Any]) -> dict[str, Any]:
    return {**shown(found), "server": [shown(one) for one in found["server"]]}


def vlan_of(form: Form) -> int:
    text = form.get("vlan")
    if text is None:
        raise invalid(missing=["vlan"])
    if not text.isdecimal() or not 4000 <= int(text) <= 4091:
        raise invalid(wrong=["vlan"])
    return int(text)


def settle(books: Books, found: dict[str, Any]) -> None:
    """Time passes with every request."""
    for one in found["server"]:
        books.looked_at(one)
    found["server"] = [one for one in found["server"] if one["status"] != "gone"]


@call("GET", "/vswitch")
def switches(books: Books, _form: Form) -> Answer:
    kept = ("id", "name", "vlan", "cancelled")
    return 200, [{key: one[key] for key in kept} for one in books["vswitches"].values()]


@call("POST", "/vswitch", 100)
def create(books: Books, form: Form) -> Answer:
    [name] = form.need("name")
    made = {"id": books.number(), "name": name, "vlan": vlan_of(form), "cancelled": False}
    made |= {"server": [], "subnet": [], "cloud_network": []}
    books["vswitches"][str(made["id"])] = made
    return 201, single(made)


@call("GET", "/vswitch/{id}")
def one_switch(books: Books, _form: Form, id_: str) -> Answer:
    found = switch(books, id_)
    settle(books, found)
    return 200, single(found)


@call("POST", "/vswitch/{id}", 100)
def update(books: Books, form: Form, id_: str) -> Answer:
    found = switch(books, id_)
    [found["name"]] = form.need("name")
    found["vlan"] = vlan_of(form)
    return 201, None


@call("DELETE", "/vswitch/{id}", 100)
def cancel(books: Books, form: Form, id_: str) -> Answer:
    found = switch(books, id_)
    [date] = form.need("cancellation_date")
    if found["cancelled"]:
        raise Refusal(409, "CONFLICT", "The vSwitch is already cancelled")
    if date == "now":
        del books["vswitches"][id_]
    found["cancelled"] = True
    return 200, None


def asked(books: Books, form: Form, id_: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found = switch(books, id_)
    form.need("server")
    servers = [server(books, one) for one in form.all("server")]
    busy = any(one["status"] == "processing" for one in found["server"])
    settle(books, found)
    if busy:
        raise Refusal(409, "VSWITCH_IN_PROCESS", "There is an update running")
    return found, servers


@call("POST", "/vswitch/{id}/server", 100)
def attach(books: Books, form: Form, id_: str) -> Answer:
    found, servers = asked(books, form, id_)
    for one in servers:
        number = one["server_number"]
        others = [vs for vs in books["vswitches"].values() if number in [s["server_number"] for s in vs["server"]]]
        if not one["_vswitch"]:
            raise Refusal(409, "VSWITCH_NOT_AVAILABLE", "vSwitch is not available for this server")
        if any(vs["vlan"] == found["vlan"] and vs is not found for vs in others):
            raise Refusal(409, "VSWITCH_VLAN_NOT_UNIQUE", "The vlan of the vSwitch has to be unique per server")
        if len(others) >= PER_SERVER:
            raise Refusal(409, "VSWITCH_PER_SERVER_LIMIT_REACHED", "The server has too many vSwitches")
        if len(found["server"]) >= PER_SWITCH:
            raise Refusal(409, "VSWITCH_SERVER_LIMIT_REACHED", "The vSwitch has too many servers")
        if found not in others:
            kept = {key: one[key] for key in ("server_ip", "server_ipv6_net", "server_number")}
            books.wait(kept, busy="processing")
            found["server"].append(kept)
    return 201, None


@call("DELETE", "/vswitch/{id}/server", 100)
def detach(books: Books, form: Form, id_: str) -> Answer:
    found, servers = asked(books, form, id_)
    numbers = [one["server_number"] for one in servers]
    for one in found["server"]:
        if one["server_number"] in numbers:
            books.wait(one, busy="processing", ready="gone")
    return 200, None
