"""/rdns."""

from tests.fakes.robot.answers import Answer, Refusal
from tests.fakes.robot.calls import Books, Form, call


def known(books: Books, ip: str) -> None:
    nets = tuple(one["server_ipv6_net"] for one in books["servers"].values())
    if not any(ip in one["ip"] for one in books["servers"].values()) and not ip.startswith(nets or ("none",)):
        raise Refusal(404, "IP_NOT_FOUND", f"IP address {ip} not found")


@call("GET", "/rdns")
def names(books: Books, _form: Form) -> Answer:
    if not books["rdns"]:
        raise Refusal(404, "NOT_FOUND", "No reverse DNS entries found")
    return 200, [{"rdns": {"ip": ip, "ptr": ptr}} for ip, ptr in books["rdns"].items()]


@call("GET", "/rdns/{ip}")
def name(books: Books, _form: Form, ip: str) -> Answer:
    known(books, ip)
    if ip not in books["rdns"]:
        raise Refusal(404, "RDNS_NOT_FOUND", f"The IP address {ip} has no reverse DNS entry yet")
    return 200, {"rdns": {"ip": ip, "ptr": books["rdns"][ip]}}


@call("PUT", "/rdns/{ip}")
def create(books: Books, form: Form, ip: str) -> Answer:
    known(books, ip)
    [ptr] = form.need("ptr")
    if ip in books["rdns"]:
        raise Refusal(409, "RDNS_ALREADY_EXISTS", f"The IP address {ip} has a reverse DNS entry already")
    books["rdns"][ip] = ptr
    return 201, {"rdns": {"ip": ip, "ptr": ptr}}


@call("POST", "/rdns/{ip}")
def write(books: Books, form: Form, ip: str) -> Answer:
    """Creates or changes; an empty name is the default one again."""
    known(books, ip)
    created = ip not in books["rdns"]
    if not form.get("ptr"):
        books["rdns"].pop(ip, None)
        return 200, {"rdns": {"ip": ip, "ptr": None}}
    books["rdns"][ip] = form.get("ptr")
    return 201 if created else 200, {"rdns": {"ip": ip, "ptr": books["rdns"][ip]}}


@call("DELETE", "/rdns/{ip}")
def remove(books: Books, form: Form, ip: str) -> Answer:
    name(books, form, ip)
    del books["rdns"][ip]
    return 200, None
