"""/order/server, /order/server_market, /order/server_addon."""

import datetime
from typing import Any

from tests.fakes.robot.answers import Answer, Refusal, invalid, shown
from tests.fakes.robot.calls import DAY_S, Books, Form, call
from tests.fakes.robot.calls.boot import authorized
from tests.fakes.robot.calls.servers import new, server


def price(location: str, net: str, setup: str) -> dict[str, Any]:
    """As the reference has it: amounts are texts."""
    gross, setup_gross = (f"{float(value) * 1.19:.4f}" for value in (net, setup))
    hourly = f"{float(net) / 624:.4f}"
    month = {"net": net, "gross": gross, "hourly_net": hourly, "hourly_gross": hourly}
    return {"location": location, "price": month, "price_setup": {"net": setup, "gross": setup_gross}}


def product(id_: str, prices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A row of the product list; also what a test begins with."""
    addon = {"id": "primary_ipv4", "name": "Primary IPv4", "min": 0, "max": 1}
    addons = [{**addon, "location": None, "prices": [price(one["location"], "1.7000", "0.0000") for one in prices]}]
    return {
        "id": id_,
        "name": f"Dedicated Server {id_}",
        "description": ["one GPU", "software RAID 1"],
        "traffic": "unlimited",
        "dist": ["Rescue system", "Debian 12 base"],
        "arch": [64],
        "lang": ["en"],
        "location": [one["location"] for one in prices],
        "prices": prices,
        "orderable_addons": addons,
        **more,
    }


@call("GET", "/order/server/product")
def products(books: Books, form: Form) -> Answer:
    found = list(books["products"].values())
    if not found:
        raise Refusal(404, "NOT_FOUND", "No products found")
    return 200, [{"product": one} for one in found]


@call("GET", "/order/server/product/{id}")
def one_product(books: Books, _form: Form, id_: str) -> Answer:
    if id_ not in books["products"]:
        raise Refusal(404, "NOT_FOUND", "Product not found")
    return 200, {"product": books["products"][id_]}


def transact(books: Books, form: Form, where: str, kind: str, row: dict[str, Any], dc: str) -> Answer:
    """One order, or with `test` the same answer and none."""
    if not books["settings"]["ordering"]:
        raise Refusal(403, "ORDERING_DISABLED", "Ordering over the webservice is not enabled")
    keys = authorized(books, form)
    if bool(keys) == bool(form.get("password")):
        raise invalid(missing=["authorized_key"])
    addons = form.all("addon")
    offered = {one["id"] for one in row["orderable_addons"]}
    if not set(addons) <= offered:
        raise invalid(wrong=["addon"])
    number = books.number()
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=1)))
    made: dict[str, Any] = {
        "id": f"B{now:%Y%m%d}-{number}",
        "date": now.isoformat(timespec="seconds"),
        "status": "in process",
        "server_number": None,
        "server_ip": None,
        "authorized_key": keys,
        "host_key": [],
        "comment": form.get("comment"),
        "product": {key: row[key] for key in ("id", "name", "description", "traffic") if key in row}
        | {"dist": form.get("dist"), "lang": form.get("lang"), "location": form.get("location")},
        "addons": addons,
        "_dc": dc,
    }
    if form.get("test") == "true":
        return 201, {"transaction": shown(made)}
    books.wait(made)
    books[where][made["id"]] = made
    return 201, {"transaction": shown(made)}


def looked_at(books: Books, transaction: dict[str, Any]) -> dict[str, Any]:
    """A transaction that is ready has its server."""
    books.looked_at(transaction)
    if transaction["status"] == "ready" and transaction["server_number"] is None:
        number = 3000000 + books.number()
        spare = books["settings"].get("spare_ips", [])
        ip = spare.pop(0) if spare else f"203.0.113.{number % 250 + 1}"
        ip = ip if "primary_ipv4" in transaction["addons"] else None
        new(books, number, ip, transaction["product"]["name"], transaction["_dc"])
        transaction["server_number"], transaction["server_ip"] = number, ip
    return shown(transaction)


@call("POST", "/order/server/transaction", 20, DAY_S)
def order(books: Books, form: Form) -> Answer:
    id_, location = form.need("product_id", "location")
    row = books["products"].get(id_)
    if row is None:
        raise invalid(wrong=["product_id"])
    if location not in row["location"]:
        raise invalid(wrong=["location"])
    return transact(books, form, "transactions", "server", row, f"{location}-DC14")


@call("POST", "/order/server_market/transaction", 20, DAY_S)
def order_market(books: Books, form: Form) -> Answer:
    [id_] = form.need("product_id")
    row = books["market"].get(id_)
    if row is None:
        raise invalid(wrong=["product_id"])
    return transact(books, form, "market_transactions", "market", row, row["datacenter"])


def listing(where: str) -> Any:
    def every(books: Books, _form: Form) -> Answer:
        if not books[where]:
            raise Refusal(404, "NOT_FOUND", "No transactions found")
        return 200, [{"transaction": shown(one)} for one in books[where].values()]

    return every


def single(where: str) -> Any:
    def one(books: Books, _form: Form, id_: str) -> Answer:
        if id_ not in books[where]:
            raise Refusal(404, "NOT_FOUND", "Transaction not found")
        return 200, {"transaction": looked_at(books, books[where][id_])}

    return one


for kind, where in (
    ("server", "transactions"),
    ("server_market", "market_transactions"),
    ("server_addon", "addon_transactions"),
):
    call("GET", f"/order/{kind}/transaction")(listing(where))
    call("GET", f"/order/{kind}/transaction/{{id}}")(single(where))


@call("GET", "/order/server_market/product")
def market(books: Books, _form: Form) -> Answer:
    if not books["market"]:
        raise Refusal(404, "NOT_FOUND", "No products found")
    return 200, [{"product": one} for one in books["market"].values()]


@call("GET", "/order/server_market/product/{id}")
def one_of_market(books: Books, _form: Form, id_: str) -> Answer:
    if id_ not in books["market"]:
        raise Refusal(404, "NOT_FOUND", "Product not found")
    return 200, {"product": books["market"][id_]}


def addon_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = (("additional_ipv4", "Additional IP address", "ip_ipv4"), ("subnet_ipv4_29", "Subnet /29", "subnet_ipv4"))
    cost = price(found["dc"][:4], "1.7000", "0.0000")
    return [{"id": id_, "name": name, "type": kind, "price": cost} for id_, name, kind in kinds]


@call("GET", "/order/server_addon/{n}/product")
def addons(books: Books, _form: Form, number: str) -> Answer:
    return 200, [{"product": row} for row in addon_rows(server(books, number))]


@call("POST", "/order/server_addon/transaction", 20, DAY_S)
def order_addon(books: Books, form: Form) -> Answer:
    number, id_ = form.need("server_number", "product_id")
    row = next((one for one in addon_rows(server(books, number)) if one["id"] == id_), None)
    if row is None:
        raise invalid(wrong=["product_id"])
    if "ipv4" in id_ and not form.get("reason"):
        raise invalid(missing=["reason"])
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    made: dict[str, Any] = {"id": f"B{books.number()}", "date": now, "status": "in process"}
    made |= {"server_number": int(number), "product": row, "resources": []}
    if form.get("test") != "true":
        books.wait(made)
        books["addon_transactions"][made["id"]] = made
    return 201, {"transaction": shown(made)}
