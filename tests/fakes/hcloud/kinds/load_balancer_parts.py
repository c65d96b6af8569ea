"""Services and targets of a load balancer."""

from typing import Any

from tests.fakes.hcloud import labels
from tests.fakes.hcloud.books import Books, Record
from tests.fakes.hcloud.errors import invalid, not_found, refused
from tests.fakes.hcloud.routes import Call

Json = dict[str, Any]
PORTS = {"http": (80, 80), "https": (443, 80)}
HTTP = {
    "cookie_name": "HCLBSTICKY",
    "cookie_lifetime": 300,
    "certificates": [],
    "redirect_http": False,
    "sticky_sessions": False,
    "timeout_idle": 60,
}
CHECK_HTTP = {"domain": None, "path": "/", "response": None, "status_codes": ["2??", "3??"], "tls": False}


def put_service(record: Record, asked: Json) -> None:
    protocol = asked.get("protocol")
    if protocol not in ("tcp", "http", "https"):
        raise invalid("protocol", "must be tcp, http or https")
    listen, destination = PORTS.get(protocol, (None, None))
    service = {
        "protocol": protocol,
        "listen_port": asked.get("listen_port") or listen,
        "destination_port": asked.get("destination_port") or destination,
        "proxyprotocol": asked.get("proxyprotocol") or False,
    }
    if not service["listen_port"] or not service["destination_port"]:
        raise invalid("listen_port", "listen_port and destination_port are required for tcp")
    if any(one["listen_port"] == service["listen_port"] for one in record["services"]):
        raise refused("source_port_already_used", f"port {service['listen_port']} is used already", 409)
    if protocol != "tcp":
        service["http"] = {**HTTP, **asked.get("http", {})}
    if protocol == "https" and not service["http"]["certificates"]:
        raise invalid("http.certificates", "is required for https")
    service["health_check"] = _check(asked.get("health_check", {}), service)
    record["services"].append(service)


def _check(asked: Json, service: Json) -> Json:
    protocol = asked.get("protocol") or ("tcp" if service["protocol"] == "tcp" else "http")
    defaults = {"protocol": protocol, "port": service["destination_port"], "interval": 15, "timeout": 10, "retries": 3}
    check = {**defaults, **{key: value for key, value in asked.items() if key in defaults and value is not None}}
    if protocol == "http":
        check["http"] = {**CHECK_HTTP, **(asked.get("http") or {})}
    return check


def _service(record: Record, port: object) -> Json:
    for service in record["services"]:
        if service["listen_port"] == port:
            return dict(service)
    raise not_found(f"service on port {port}")


def change_service(record: Record, asked: Json) -> None:
    old = _service(record, asked.get("listen_port"))
    left = [one for one in record["services"] if one["listen_port"] != old["listen_port"]]
    merged = {**old, **{key: value for key, value in asked.items() if value is not None}}
    for key in ("http", "health_check"):
        if isinstance(old.get(key), dict) and isinstance(asked.get(key), dict):
            merged[key] = {**old[key], **asked[key]}
    record["services"] = left
    put_service(record, merged)


def end_service(record: Record, port: int) -> None:
    old = _service(record, port)
    record["services"] = [one for one in record["services"] if one["listen_port"] != old["listen_port"]]


def _bare(asked: Json) -> Json:
    """What tells one target from another."""
    type_ = asked.get("type")
    if type_ not in ("server", "label_selector", "ip"):
        raise invalid("type", "must be server, label_selector or ip")
    return {"type": type_, type_: asked.get(type_, {})}


def put_target(call: Call, record: Record, asked: Json) -> None:
    bare = _bare(asked)
    if any(_bare(target) == bare for target in record["targets"]):
        raise refused("target_already_defined", "this target is defined already", 409)
    private = asked.get("use_private_ip") or False
    if bare["type"] == "ip":
        _refuse_foreign(call, bare["ip"].get("ip"))
    if bare["type"] == "label_selector":
        labels.selects(bare["label_selector"].get("selector", ""), {})
    if private and not record["_nets"]:
        raise refused("load_balancer_not_attached_to_network", "the load balancer is in no network", 422)
    if bare["type"] == "server":
        server = call.books.find("servers", bare["server"].get("id", 0))
        networks = {net["network"] for net in record["_nets"]}
        if private and not any(net["network"] in networks for net in server["_nets"]):
            raise refused("server_not_attached_to_network", "the server is not in the load balancer's network", 422)
    record["targets"].append({**bare, **({} if bare["type"] == "ip" else {"use_private_ip": private})})


def _refuse_foreign(call: Call, ip: object) -> None:
    """Only addresses of the account's own dedicated servers (`robot_ips` in control.json); none of the cloud."""
    if any(one["ip"] == ip for one in call.books.all("primary_ips")):
        raise refused("cloud_resource_ip_not_allowed", f"{ip} belongs to a cloud resource", 422)
    if ip not in call.control.value("robot_ips", []):
        raise refused("ip_not_owned", f"{ip} is not owned by the account", 422)


def end_target(record: Record, asked: Json) -> None:
    bare = _bare(asked)
    left = [target for target in record["targets"] if _bare(target) != bare]
    if len(left) == len(record["targets"]):
        raise not_found("target")
    record["targets"] = left


def shown_target(books: Books, record: Record, target: Json) -> Json:
    health = [{"listen_port": service["listen_port"], "status": "unknown"} for service in record["services"]]
    if target["type"] != "label_selector":
        return {**target, "health_status": health}
    selector = target["label_selector"]["selector"]
    chosen = [server for server in books.all("servers") if labels.selects(selector, server["labels"])]
    inner = [
        {
            "type": "server",
            "server": {"id": one["id"]},
            "use_private_ip": target["use_private_ip"],
            "health_status": health,
        }
        for one in chosen
    ]
    return {**target, "targets": inner}
