"""/server, /server/{n}/cancellation and /ip."""

import datetime
from typing import Any

from tests.fakes.robot.answers import Answer, Refusal, invalid, shown
from tests.fakes.robot.calls import Books, Form, call

ONLY_SINGLE = ("reset", "rescue", "vnc", "windows", "plesk", "cpanel", "wol", "hot_swap", "linked_storagebox")
REASONS = ["Upgrade to a new server", "Dissatisfied with the hardware", "Server no longer necessary"]


def server(books: Books, number: str) -> dict[str, Any]:
    found: dict[str, Any] | None = books["servers"].get(number)
    if found is None:
        # By address still works, and is deprecated.
        found = next((one for one in books["servers"].values() if number and one["server_ip"] == number), None)
    if found is None:
        raise Refusal(404, "SERVER_NOT_FOUND", f"Server with id {number} not found")
    return found


def new(books: Books, number: int, ip: str | None, product: str, dc: str, **more: Any) -> dict[str, Any]:
    """A server in the books; also what a test begins with."""
    made = {
        "server_ip": ip,
        "server_ipv6_net": f"2001:db8:{number % 65535:x}::",
        "server_number": number,
        "server_name": f"server{number}",
        "product": product,
        "dc": dc,
        "traffic": "unlimited",
        "status": "ready",
        "cancelled": False,
        "paid_until": "2026-12-31",
        "ip": [ip] if ip else [],
        "subnet": [{"ip": f"2001:db8:{number % 65535:x}::", "mask": "64"}],
        **dict.fromkeys(ONLY_SINGLE[:-1], False),
        "reset": True,
        "rescue": True,
        "wol": True,
        "linked_storagebox": None,
        "_reset_types": ["sw", "hw", "man", "power", "power_long"],
        "_vswitch": True,
        "_firewall": True,
        "_cancellation": None,
        **more,
    }
    books["servers"][str(number)] = made
    return made


@call("GET", "/server", 200)
def servers(books: Books, _form: Form) -> Answer:
    if not books["servers"]:
        raise Refusal(404, "SERVER_NOT_FOUND", "No server found")
    short = [{k: v for k, v in shown(one).items() if k not in ONLY_SINGLE} for one in books["servers"].values()]
    return 200, [{"server": one} for one in short]


@call("GET", "/server/{n}", 200)
def one_server(books: Books, _form: Form, number: str) -> Answer:
    found = server(books, number)
    books.looked_at(found)
    return 200, {"server": shown(found)}


@call("POST", "/server/{n}", 200)
def rename(books: Books, form: Form, number: str) -> Answer:
    found = server(books, number)
    [found["server_name"]] = form.need("server_name")
    return 200, {"server": shown(found)}


def cancellation(found: dict[str, Any]) -> dict[str, Any]:
    asked = found["_cancellation"] or {}
    return {
        "server_ip": found["server_ip"],
        "server_ipv6_net": found["server_ipv6_net"],
        "server_number": found["server_number"],
        "server_name": found["server_name"],
        "earliest_cancellation_date": datetime.date.today().isoformat(),
        "cancelled": bool(asked),
        "reservation_possible": found.get("_reservation", False),
        "reserved": asked.get("reserved", False),
        "cancellation_date": asked.get("date"),
        "cancellation_reason": asked.get("reason") if asked else REASONS,
    }


@call("GET", "/server/{n}/cancellation", 200)
def show_cancellation(books: Books, _form: Form, number: str) -> Answer:
    return 200, {"cancellation": cancellation(server(books, number))}


@call("POST", "/server/{n}/cancellation", 200)
def cancel(books: Books, form: Form, number: str) -> Answer:
    found = server(books, number)
    [date] = form.need("cancellation_date")
    if date != "now":
        try:
            datetime.date.fromisoformat(date)
        except ValueError:
            raise invalid(wrong=["cancellation_date"]) from None
    if found["_cancellation"]:
        raise Refusal(409, "CONFLICT", "The server has been cancelled already")
    reserve = form.get("reserve_location")
    if found.get("_reservation") and reserve is None:
        raise invalid(missing=["reserve_location"])
    if reserve == "true" and not found.get("_reservation"):
        code = "SERVER_CANCELLATION_RESERVE_LOCATION_FALSE_ONLY"
        raise Refusal(409, code, "It is not possible to reserve the location")
    date = datetime.date.today().isoformat() if date == "now" else date
    found["_cancellation"] = {
        "date": date,
        "reason": form.get("cancellation_reason"),
        "reserved": reserve == "true",
    }
    found["cancelled"] = True
    return 200, {"cancellation": cancellation(found)}


@call("DELETE", "/server/{n}/cancellation", 200)
def keep(books: Books, _form: Form, number: str) -> Answer:
    found = server(books, number)
    if not found["_cancellation"]:
        raise Refusal(409, "CONFLICT", "The server has not been cancelled")
    found["_cancellation"], found["cancelled"] = None, False
    return 200, {"cancellation": cancellation(found)}


@call("GET", "/ip", 5000)
def addresses(books: Books, _form: Form) -> Answer:
    found = [(one, ip) for one in books["servers"].values() for ip in one["ip"]]
    if not found:
        raise Refusal(404, "NOT_FOUND", "No IP addresses found")
    return 200, [{"ip": address(one, ip)} for one, ip in found]


@call("GET", "/ip/{ip}", 5000)
def one_address(books: Books, _form: Form, ip: str) -> Answer:
    for one in books["servers"].values():
        if ip in one["ip"]:
            return 200, {"ip": {**address(one, ip), "gateway": f"{ip.rpartition('.')[0]}.1", "mask": 24}}
    raise Refusal(404, "IP_NOT_FOUND", f"IP address {ip} not found")


def address(one: dict[str, Any], ip: str) -> dict[str, Any]:
    return {
        "ip": ip,
        "server_ip": one["server_ip"],
        "server_number": one["server_number"],
        "locked": False,
        "separate_mac": None,
        "traffic_warnings": False,
        "traffic_hourly": 50,
        "traffic_daily": 50,
        "traffic_monthly": 8,
    }
