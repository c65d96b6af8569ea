"""Each documented example of the reference is answered in shape: one row a call."""

from typing import Any

import pytest

from stacks.robot.client import Robot
from tests.fakes.robot.calls import every
from tests.fakes.robot.fixtures import KEY
from tests.fakes.robot.server import Fake

FINGERPRINT = "c9:72:b3:06:12:b1:89:10:60:6b:3e:23:4f:d5:1b:27"
SERVER = {"server_ip", "server_ipv6_net", "server_number"}
RESCUE = {*SERVER, "os", "arch", "active", "password", "authorized_key", "host_key", "boot_time"}
LINUX = {*SERVER, "dist", "arch", "lang", "active", "password", "authorized_key", "host_key"}
LISTED = {*SERVER, "server_name", "product", "dc", "traffic", "status", "cancelled", "paid_until", "ip", "subnet"}
BOOLS = {"reset", "rescue", "vnc", "windows", "plesk", "cpanel", "wol", "hot_swap", "linked_storagebox"}
CANCELLATION = {*SERVER, "server_name", "earliest_cancellation_date", "cancelled", "reservation_possible", "reserved"}
CANCELLATION |= {"cancellation_date", "cancellation_reason"}
ADDRESS = {"ip", "server_ip", "server_number", "locked", "separate_mac", "traffic_warnings"}
ADDRESS |= {"traffic_hourly", "traffic_daily", "traffic_monthly"}
KEY_FIELDS = {"name", "fingerprint", "type", "size", "data", "created_at"}
TRANSACTION = {"id", "date", "status", "server_number", "server_ip", "authorized_key", "host_key", "comment"}
TRANSACTION |= {"product", "addons"}
PRODUCT = {"id", "name", "description", "traffic", "dist", "arch", "lang", "location", "prices", "orderable_addons"}
VSWITCH = {"id", "name", "vlan", "cancelled"}
SINGLE_VSWITCH = {*VSWITCH, "server", "subnet", "cloud_network"}
FIREWALL = {"server_ip", "server_number", "status", "filter_ipv6", "whitelist_hos", "port", "rules"}
TEMPLATE = {"id", "name", "is_default", "filter_ipv6", "whitelist_hos", "rules"}
ADDON = {"id", "date", "status", "server_number", "product", "resources"}
RULE = {"rules[input][0][ip_version]": "ipv4", "rules[input][0][protocol]": "tcp", "rules[input][0][action]": "accept"}
ORDER = {"product_id": "GEX131-1", "location": "FSN1", "authorized_key": [FINGERPRINT], "addon": ["primary_ipv4"]}
MARKET_ORDER = {"product_id": "77", "authorized_key": [FINGERPRINT]}
SUBNET = {"server_number": 321, "product_id": "additional_ipv4", "reason": "VM"}
TYPES = {*SERVER, "type"}

Form = dict[str, Any]
# call; path; form; the key it is wrapped in ("" for none), or None for an empty answer; a list or one; its fields.
CASES: list[tuple[str, str, Form, str | None, bool, set[str]]] = [
    ("GET", "/server", {}, "server", True, LISTED),
    ("GET", "/server/321", {}, "server", False, LISTED | BOOLS),
    ("POST", "/server/321", {"server_name": "ki"}, "server", False, LISTED | BOOLS),
    ("GET", "/server/321/cancellation", {}, "cancellation", False, CANCELLATION),
    ("POST", "/server/321/cancellation", {"cancellation_date": "now"}, "cancellation", False, CANCELLATION),
    ("DELETE", "/server/321/cancellation", {}, "cancellation", False, CANCELLATION),
    ("GET", "/ip", {}, "ip", True, ADDRESS),
    ("GET", "/ip/198.51.100.7", {}, "ip", False, ADDRESS | {"gateway", "mask"}),
    ("GET", "/reset", {}, "reset", True, TYPES),
    ("GET", "/reset/321", {}, "reset", False, {*TYPES, "operating_status"}),
    ("POST", "/reset/321", {"type": "hw"}, "reset", False, TYPES),
    ("GET", "/wol/321", {}, "wol", False, SERVER),
    ("POST", "/wol/321", {"server_number": 321}, "wol", False, SERVER),
    ("POST", "/key", {"name": "test", "data": KEY}, "key", False, KEY_FIELDS),
    ("GET", "/key", {}, "key", True, KEY_FIELDS),
    ("GET", f"/key/{FINGERPRINT}", {}, "key", False, KEY_FIELDS),
    ("POST", f"/key/{FINGERPRINT}", {"name": "other"}, "key", False, KEY_FIELDS),
    ("GET", "/boot/321", {}, "boot", False, {"rescue", "linux", "vnc", "windows", "plesk", "cpanel"}),
    ("GET", "/boot/321/rescue", {}, "rescue", False, RESCUE),
    ("POST", "/boot/321/rescue", {"os": "linux", "authorized_key": [FINGERPRINT]}, "rescue", False, RESCUE),
    ("GET", "/boot/321/rescue/last", {}, "rescue", False, RESCUE),
    ("DELETE", "/boot/321/rescue", {}, "rescue", False, RESCUE),
    ("GET", "/boot/321/linux", {}, "linux", False, LINUX),
    ("POST", "/boot/321/linux", {"dist": "Debian 12 base", "lang": "en"}, "linux", False, LINUX),
    ("DELETE", "/boot/321/linux", {}, "linux", False, LINUX),
    ("PUT", "/rdns/198.51.100.7", {"ptr": "ki.example.org"}, "rdns", False, {"ip", "ptr"}),
    ("POST", "/rdns/198.51.100.7", {"ptr": "ki2.example.org"}, "rdns", False, {"ip", "ptr"}),
    ("GET", "/rdns", {}, "rdns", True, {"ip", "ptr"}),
    ("GET", "/rdns/198.51.100.7", {}, "rdns", False, {"ip", "ptr"}),
    ("DELETE", "/rdns/198.51.100.7", {}, None, False, set()),
    ("GET", "/order/server/product", {}, "product", True, PRODUCT),
    ("GET", "/order/server/product/GEX131-1", {}, "product", False, PRODUCT),
    ("POST", "/order/server/transaction", {**ORDER, "test": True}, "transaction", False, TRANSACTION),
    ("POST", "/order/server/transaction", ORDER, "transaction", False, TRANSACTION),
    ("GET", "/order/server/transaction", {}, "transaction", True, TRANSACTION),
    ("GET", "/order/server/transaction/{order}", {}, "transaction", False, TRANSACTION),
    ("GET", "/order/server_market/product", {}, "product", True, {"id", "name", "datacenter", "price"}),
    ("GET", "/order/server_market/product/77", {}, "product", False, {"id", "name", "datacenter", "price"}),
    ("POST", "/order/server_market/transaction", MARKET_ORDER, "transaction", False, TRANSACTION),
    ("GET", "/order/server_market/transaction", {}, "transaction", True, TRANSACTION),
    ("GET", "/order/server_addon/321/product", {}, "product", True, {"id", "name", "type", "price"}),
    ("POST", "/order/server_addon/transaction", SUBNET, "transaction", False, ADDON),
    ("GET", "/order/server_addon/transaction", {}, "transaction", True, ADDON),
    ("POST", "/vswitch", {"name": "stack", "vlan": 4000}, "", False, SINGLE_VSWITCH),
    ("GET", "/vswitch", {}, "", True, VSWITCH),
    ("GET", "/vswitch/{vswitch}", {}, "", False, SINGLE_VSWITCH),
    ("POST", "/vswitch/{vswitch}", {"name": "other", "vlan": 4001}, None, False, set()),
    ("POST", "/vswitch/{vswitch}/server", {"server": [321]}, None, False, set()),
    ("GET", "/vswitch/{vswitch}", {}, "", False, SINGLE_VSWITCH),
    ("GET", "/vswitch/{vswitch}", {}, "", False, SINGLE_VSWITCH),
    ("DELETE", "/vswitch/{vswitch}/server", {"server": ["198.51.100.7"]}, None, False, set()),
    ("DELETE", "/vswitch/{vswitch}", {"cancellation_date": "now"}, None, False, set()),
    ("GET", "/firewall/321", {}, "firewall", False, FIREWALL),
    ("POST", "/firewall/321", {"status": "active", **RULE}, "firewall", False, FIREWALL),
    ("GET", "/firewall/321", {}, "firewall", False, FIREWALL),
    ("DELETE", "/firewall/321", {}, "firewall", False, FIREWALL),
    ("POST", "/firewall/template", {"name": "ours", **RULE}, "firewall_template", False, TEMPLATE),
    ("GET", "/firewall/template", {}, "firewall_template", True, TEMPLATE - {"rules"}),
    ("GET", "/firewall/template/{template}", {}, "firewall_template", False, TEMPLATE),
    ("POST", "/firewall/template/{template}", {"name": "two"}, "firewall_template", False, TEMPLATE),
    ("DELETE", "/firewall/template/{template}", {}, None, False, set()),
    ("DELETE", f"/key/{FINGERPRINT}", {}, None, False, set()),
]


def test_every_documented_example_is_answered_in_its_shape(fake: Fake, robot: Robot) -> None:
    """In order, because each has what the one before it made."""
    made: dict[str, str] = {}
    for method, path, form, wrapped, many, fields in CASES:
        where = path.format(**{kind: made[kind] for kind in made if f"{{{kind}}}" in path})
        asks = {"GET": lambda p, _f: robot.get(p), "POST": robot.post, "DELETE": robot.delete}
        answer = asks[method](where, form) if method in asks else robot._patiently(method, where, form)
        if wrapped is None:
            assert answer is None, (method, where)
            continue
        rows = answer if many else [answer]
        assert rows and isinstance(rows, list)
        for row in rows:
            assert set(row) == {wrapped} if wrapped else True, (method, where)
            assert fields <= set(row[wrapped] if wrapped else row), (method, where)
        made |= {
            kind: str(next(iter(fake.books[f"{kind}es" if kind == "vswitch" else f"{kind}s"]), ""))
            for kind in ("vswitch", "template")
        }
        made["order"] = next(iter(fake.books["transactions"]), "")


def test_the_table_has_every_call() -> None:
    """Of each call that the fake answers there is an example, but for the single transactions of other kinds."""
    shown = {
        (method, call.path) for method, path, *_ in CASES for call in every() if call.matches(method, path) is not None
    }
    left = {(call.method, call.path) for call in every()} - shown
    assert left == {
        ("GET", "/order/server_market/transaction/{id}"),
        ("GET", "/order/server_addon/transaction/{id}"),
    }


@pytest.mark.parametrize("path", ["/key", "/rdns", "/order/server/transaction", "/firewall/template"])
def test_an_empty_list_is_answered_with_404(robot: Robot, path: str) -> None:
    assert robot.found(path) is None
