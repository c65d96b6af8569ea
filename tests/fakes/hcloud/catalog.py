"""What cannot be made: locations, server types, images, load balancer types, prices. The prices are made up.

`/datacenters` is gone, as it is from the API since October 2026.
"""

from typing import Any

from tests.fakes.hcloud.errors import ApiError, not_found
from tests.fakes.hcloud.listing import filtered, page
from tests.fakes.hcloud.routes import Answer, Call, route

Row = dict[str, Any]
SINCE = "2024-01-01T00:00:00+00:00"
VAT_PERCENT = 19

_PLACES = [
    (1, "fsn1", "Falkenstein", "DE", "eu-central", 50.47612, 12.370071),
    (2, "nbg1", "Nuremberg", "DE", "eu-central", 49.452102, 11.076665),
    (3, "hel1", "Helsinki", "FI", "eu-central", 60.169855, 24.938379),
    (4, "ash", "Ashburn, VA", "US", "us-east", 39.045821, -77.487073),
    (5, "hil", "Hillsboro, OR", "US", "us-west", 45.54222, -122.951924),
    (6, "sin", "Singapore", "SG", "ap-southeast", 1.283333, 103.833333),
]
LOCATIONS: list[Row] = [
    {
        "id": id_,
        "name": name,
        "description": f"{city} DC Park 1",
        "city": city,
        "country": country,
        "network_zone": zone,
        "latitude": north,
        "longitude": east,
    }
    for id_, name, city, country, zone, north, east in _PLACES
]
ZONES = {row["network_zone"] for row in LOCATIONS}


def amount(net: float) -> Row:
    return {"net": f"{net:.4f}", "gross": f"{net * (100 + VAT_PERCENT) / 100:.10f}"}


def prices(monthly: float, traffic: bool = True) -> list[Row]:
    more = {"included_traffic": 21990232555520, "price_per_tb_traffic": amount(1)} if traffic else {}
    return [
        {"location": row["name"], "price_hourly": amount(monthly / 624), "price_monthly": amount(monthly), **more}
        for row in LOCATIONS
    ]


_TYPES = [
    (114, "cx23", 2, 4, 40, "shared", "x86", 4.00),
    (115, "cx33", 4, 8, 80, "shared", "x86", 7.00),
    (116, "cx43", 8, 16, 160, "shared", "x86", 12.00),
    (117, "cx53", 16, 32, 320, "shared", "x86", 23.00),
    (45, "cax11", 2, 4, 40, "shared", "arm", 4.50),
    (97, "ccx13", 2, 8, 80, "dedicated", "x86", 15.00),
    (98, "ccx23", 4, 16, 160, "dedicated", "x86", 30.00),
    (99, "ccx33", 8, 32, 240, "dedicated", "x86", 60.00),
]
SOLD_OUT = {("cx43", "nbg1")}
SERVER_TYPES: list[Row] = [
    {
        "id": id_,
        "name": name,
        "description": name.upper(),
        "category": "cost_optimized" if cpu == "shared" else "general_purpose",
        "cores": cores,
        "memory": float(memory),
        "disk": disk,
        "storage_type": "local",
        "cpu_type": cpu,
        "architecture": architecture,
        "prices": prices(monthly),
        "deprecated": False,
        "deprecation": None,
        "locations": [
            {
                "id": row["id"],
                "name": row["name"],
                "deprecation": None,
                "available": (name, row["name"]) not in SOLD_OUT,
                "recommended": row["network_zone"] == "eu-central",
            }
            for row in LOCATIONS
        ],
    }
    for id_, name, cores, memory, disk, cpu, architecture, monthly in _TYPES
]
IMAGES: list[Row] = [
    {
        "id": id_,
        "type": "system",
        "status": "available",
        "name": name,
        "description": f"{flavor.title()} {version}",
        "image_size": None,
        "disk_size": 5,
        "created": SINCE,
        "created_from": None,
        "bound_to": None,
        "os_flavor": flavor,
        "os_version": version,
        "rapid_deploy": True,
        "architecture": architecture,
        "protection": {"delete": False},
        "labels": {},
        "deprecated": None,
        "deprecation": None,
        "deleted": None,
    }
    for id_, name, flavor, version, architecture in [
        (114690387, "debian-12", "debian", "12", "x86"),
        (114690389, "debian-12", "debian", "12", "arm"),
        (310557660, "debian-13", "debian", "13", "x86"),
        (310557661, "debian-13", "debian", "13", "arm"),
        (161547269, "ubuntu-24.04", "ubuntu", "24.04", "x86"),
    ]
]
LOAD_BALANCER_TYPES: list[Row] = [
    {
        "id": id_,
        "name": name,
        "description": name.upper(),
        "max_connections": connections,
        "max_services": services,
        "max_targets": targets,
        "max_assigned_certificates": 10,
        "deprecated": None,
        "deprecation": None,
        "prices": prices(monthly),
    }
    for id_, name, connections, services, targets, monthly in [
        (1, "lb11", 10_000, 5, 25, 8.00),
        (2, "lb21", 20_000, 15, 75, 16.00),
    ]
]
PRICING: Row = {
    "currency": "EUR",
    "vat_rate": f"{VAT_PERCENT:.6f}",
    "image": {"price_per_gb_month": amount(0.012)},
    "volume": {"price_per_gb_month": amount(0.05)},
    "server_backup": {"percentage": "20.000000"},
    "floating_ip": {"price_monthly": amount(3)},
    "floating_ips": [{"type": "ipv4", "prices": prices(3, traffic=False)}],
    "primary_ips": [
        {"type": "ipv4", "prices": prices(0.60, traffic=False)},
        {"type": "ipv6", "prices": prices(0, traffic=False)},
    ],
    "server_types": [{key: row[key] for key in ("id", "name", "prices")} for row in SERVER_TYPES],
    "load_balancer_types": [{key: row[key] for key in ("id", "name", "prices")} for row in LOAD_BALANCER_TYPES],
    "traffic": {"price_per_tb": amount(1)},
}

_LISTS = {
    "locations": (LOCATIONS, ("name",)),
    "server_types": (SERVER_TYPES, ("name",)),
    "images": (IMAGES, ("name", "type", "status", "architecture", "bound_to")),
    "load_balancer_types": (LOAD_BALANCER_TYPES, ("name",)),
    "isos": ([], ("name",)),
}


def named(kind: str, id_or_name: object) -> Row:
    """By id, or by name: both are accepted wherever the API wants one of these."""
    for row in _LISTS[kind][0]:
        if str(id_or_name) in (str(row["id"]), row["name"]):
            return row
    raise not_found(f"{kind.removesuffix('s').replace('_', ' ')} '{id_or_name}'")


def image(id_or_name: object, architecture: str) -> Row:
    for row in IMAGES:
        if str(id_or_name) == str(row["id"]) or (id_or_name == row["name"] and architecture == row["architecture"]):
            return row
    raise not_found(f"image '{id_or_name}' for {architecture}")


def _routes_of(kind: str) -> None:
    rows, filters = _LISTS[kind]

    @route("GET", f"/{kind}")
    def several(call: Call) -> Answer:
        one_page, meta, call.link = page(filtered(rows, call.query, filters), call.query, call.path)
        return 200, {kind: one_page, "meta": meta}

    @route("GET", f"/{kind}/{{id}}")
    def one(call: Call) -> Answer:
        return 200, {kind.removesuffix("s"): named(kind, call.ids["id"])}


for _kind in _LISTS:
    _routes_of(_kind)


@route("GET", "/pricing")
def pricing(_call: Call) -> Answer:
    return 200, {"pricing": PRICING}


@route("GET", "/datacenters")
@route("GET", "/datacenters/{id}")
def datacenters(_call: Call) -> Answer:
    announcement = "https://docs.hetzner.cloud/changelog#2026-06-02-datacenters-deprecated"
    raise ApiError(410, "deprecated_api_endpoint", "endpoint was removed", {"announcement": announcement})
