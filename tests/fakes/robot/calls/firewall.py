"""/firewall and /firewall/template."""

import ipaddress
from typing import Any

from tests.fakes.robot.answers import Answer, Refusal, invalid, shown
from tests.fakes.robot.calls import Books, Form, call
from tests.fakes.robot.calls.boot import head
from tests.fakes.robot.calls.servers import server

FIELDS = ("name", "ip_version", "dst_ip", "src_ip", "dst_port", "src_port", "protocol", "tcp_flags", "action")
MOST = 10
BLOCK_MAIL = {**dict.fromkeys(FIELDS), "name": "Block mail ports", "dst_port": "25,465", "action": "discard"}


def firewall(books: Books, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = server(books, number)
    if not found["_firewall"]:
        raise Refusal(404, "FIREWALL_NOT_AVAILABLE", "Firewall is not available for this server")
    empty = {"status": "disabled", "filter_ipv6": False, "whitelist_hos": True, "port": "main"}
    start = {**empty, "rules": {"input": [], "output": []}}
    return found, books["firewalls"].setdefault(str(found["server_number"]), start)


def refuse_meanwhile(books: Books, wall: dict[str, Any]) -> None:
    """Time passes with every request, also with those that are refused."""
    busy = wall["status"] == "in process"
    books.looked_at(wall)
    if busy:
        raise Refusal(409, "FIREWALL_IN_PROCESS", "The firewall is being updated")


def answer(found: dict[str, Any], wall: dict[str, Any]) -> Answer:
    return 200, {"firewall": {**{k: head(found)[k] for k in ("server_ip", "server_number")}, **shown(wall)}}


def cidr(text: str | None) -> str | None:
    """An address comes back as a network."""
    try:
        return str(ipaddress.ip_network(text)) if text else None
    except ValueError:
        raise invalid(wrong=["rules"]) from None


def rules(form: Form, direction: str) -> list[dict[str, Any]]:
    found = form.rules(direction)
    if len(found) > MOST:
        raise invalid(wrong=["rules"])
    for rule in found:
        if rule.get("action") not in ("accept", "discard") or not set(rule) <= set(FIELDS):
            raise invalid(wrong=["rules"])
        if rule.get("ip_version") == "ipv6" and (rule.get("src_ip") or rule.get("dst_ip")):
            raise invalid(wrong=["rules"])
        if rule.get("protocol") and not rule.get("ip_version"):
            raise invalid(wrong=["rules"])
    whole = [{**dict.fromkeys(FIELDS), **rule} for rule in found]
    return [{**rule, "src_ip": cidr(rule["src_ip"]), "dst_ip": cidr(rule["dst_ip"])} for rule in whole]


def content(form: Form) -> dict[str, Any]:
    yes = ("true", "false")
    return {
        "filter_ipv6": form.one_of("filter_ipv6", yes, "false") == "true",
        "whitelist_hos": form.one_of("whitelist_hos", yes, "true") == "true",
        "rules": {"input": rules(form, "input"), "output": rules(form, "output")},
    }


@call("GET", "/firewall/{n}")
def show(books: Books, _form: Form, number: str) -> Answer:
    found, wall = firewall(books, number)
    books.looked_at(wall)
    return answer(found, wall)


@call("POST", "/firewall/{n}")
def write(books: Books, form: Form, number: str) -> Answer:
    found, wall = firewall(books, number)
    refuse_meanwhile(books, wall)
    if template := form.get("template_id"):
        wall |= {key: one_template(books, template)[key] for key in ("filter_ipv6", "whitelist_hos", "rules")}
        status = "active"
    else:
        status = form.one_of("status", ("active", "disabled"))
        wall |= content(form)
        wall["rules"]["output"].insert(0, BLOCK_MAIL)
    books.wait(wall, ready=status)
    return answer(found, wall)


@call("DELETE", "/firewall/{n}")
def clear(books: Books, _form: Form, number: str) -> Answer:
    found, wall = firewall(books, number)
    refuse_meanwhile(books, wall)
    wall["rules"] = {"input": [], "output": []}
    books.wait(wall, ready="disabled")
    return answer(found, wall)


def one_template(books: Books, id_: str) -> dict[str, Any]:
    if id_ not in books["templates"]:
        raise Refusal(404, "FIREWALL_TEMPLATE_NOT_FOUND", "Template not found")
    kept: dict[str, Any] = books["templates"][id_]
    return kept


@call("GET", "/firewall/template")
def templates(books: Books, _form: Form) -> Answer:
    if not books["templates"]:
        raise Refusal(404, "NOT_FOUND", "No templates found")
    short = [{k: v for k, v in one.items() if k != "rules"} for one in books["templates"].values()]
    return 200, [{"firewall_template": one} for one in short]


@call("POST", "/firewall/template")
def add_template(books: Books, form: Form) -> Answer:
    [name] = form.need("name")
    made = {"id": books.number(), "name": name, "is_default": form.get("is_default") == "true", **content(form)}
    books["templates"][str(made["id"])] = made
    return 201, {"firewall_template": made}


@call("GET", "/firewall/template/{id}")
def template(books: Books, _form: Form, id_: str) -> Answer:
    return 200, {"firewall_template": one_template(books, id_)}


@call("POST", "/firewall/template/{id}")
def change_template(books: Books, form: Form, id_: str) -> Answer:
    kept = one_template(books, id_)
    kept |= {"name": form.get("name") or kept["name"], **content(form)}
    return 200, {"firewall_template": kept}


@call("DELETE", "/firewall/template/{id}")
def remove_template(books: Books, _form: Form, id_: str) -> Answer:
    one_template(books, id_)
    del books["templates"][id_]
    return 200, None
